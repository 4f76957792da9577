import { Button, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { SavedSegment, Store } from "@/api";
import { sizes, turns, versions } from "@/api/queries";
import { daysBefore, isoDay, moment, number, plainDay, signed } from "@/ui/format";
import { Notice } from "@/ui/Notice";
import { Shapes } from "@/ui/Shapes";
import { words } from "@/ui/words";
import styles from "./SegmentPage.module.css";
import { highest, nets, type Point, recorded } from "./size";

const SizeChart = lazy(() => import("@/ui/SizeChart"));

const said = words.segment.size;
const PERIODS = { month: 30, quarter: 90, year: 365 } as const;
type Period = keyof typeof PERIODS;
const STEPS: Record<Period, number> = { month: 1, quarter: 7, year: 7 };
const NETS = [said.members, said.grew, said.shrank] as const;
const MOVES = [said.members, said.joined, said.left] as const;

/** How the segment's size went: by the rule of today, or as it was recorded. */
export function SizeSection({ segment, shop }: { segment: SavedSegment; shop: Store }) {
  const [period, setPeriod] = useState<Period>("year");
  const [rule, setRule] = useState<"today" | "was">("today");
  const [table, setTable] = useState(false);
  const since = daysBefore(isoDay(shop.as_of, shop.timezone), PERIODS[period]);
  const byRule = useQuery({ ...sizes(segment.id, since), enabled: rule === "today" });
  const byRecord = useQuery({ ...turns(segment.id), enabled: rule === "was" });
  const changes = useQuery(versions(segment.id)).data;

  const points = useMemo<Point[] | undefined>(() => {
    if (rule === "today") return byRule.data && nets(byRule.data, STEPS[period]);
    const found = byRecord.data && recorded(byRecord.data, shop.timezone);
    return found?.filter(({ day }) => day >= since);
  }, [rule, byRule.data, byRecord.data, period, since, shop.timezone]);
  const marks = useMemo(
    () =>
      (changes ?? [])
        .filter(({ number }) => number > 1)
        .map(({ at, number }) => ({
          day: isoDay(at, shop.timezone),
          text: words.segment.aside.version(number),
        })),
    [changes, shop.timezone],
  );
  const error = rule === "today" ? byRule.error : byRecord.error;
  const names = rule === "today" ? NETS : MOVES;
  const quiet = rule === "was" && points?.every(({ joined, left }) => !joined && !left);
  const start = byRecord.data?.[0]?.at;

  return (
    <section className={styles.section} aria-labelledby="size">
      <div className={styles.sectionHead}>
        <h2 id="size">{said.title}</h2>
        <span className={styles.legend}>
          <i data-kind="line" />
          {names[0]}
          <i data-kind="in" />
          {names[1]}
          <i data-kind="out" />
          {names[2]}
        </span>
        <div className={styles.choices}>
          <SegmentedControl
            aria-label={said.which}
            size="xs"
            value={rule}
            onChange={(value) => setRule(value as "today" | "was")}
            data={[
              { value: "today", label: said.rule },
              { value: "was", label: said.was },
            ]}
          />
          <SegmentedControl
            aria-label={said.period}
            size="xs"
            value={period}
            onChange={(value) => setPeriod(value as Period)}
            data={Object.entries(said.periods).map(([value, label]) => ({ value, label }))}
          />
        </div>
      </div>
      {error && <Notice kind="bad">{error.message}</Notice>}
      {!points && !error && (
        <div className={styles.chartPlace}>
          <Shapes flush rows={4} />
        </div>
      )}
      {quiet && start && (
        <div className={styles.chartNote}>
          <Notice kind="info">{said.quiet(moment(start, shop.timezone))}</Notice>
        </div>
      )}
      {points && points.length > 0 && !quiet && (
        <>
          {table ? (
            <SizeTable points={points} />
          ) : (
            <Suspense fallback={<div className={styles.chartPlace} />}>
              <SizeChart points={points} marks={marks} names={names} label={sentence(points)} />
            </Suspense>
          )}
          <div className={styles.chartFoot}>
            <p className="quiet small">{sentence(points)}</p>
            <Button variant="subtle" color="stone" onClick={() => setTable(!table)}>
              {table ? said.chart : said.table}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function sentence(points: readonly Point[]): string {
  const first = points[0];
  const last = points[points.length - 1];
  const most = highest(points);
  if (!first || !last || !most) return "";
  const [from, to, when] = [first, last, most].map(({ day }) => plainDay(day));
  return said.sentence(from ?? "", first.count, to ?? "", last.count, most.count, when ?? "");
}

function SizeTable({ points }: { points: readonly Point[] }) {
  const rows = [...points].reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div className={styles.sizeTable} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{said.day}</th>
            <th scope="col">{said.members}</th>
            <th scope="col">{said.change}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ day, count }, place) => {
            const before = rows[place + 1]?.count;
            return (
              <tr key={day}>
                <th scope="row">{plainDay(day)}</th>
                <td>{number(count)}</td>
                <td>{before === undefined ? "" : signed(count - before)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
