import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import type { Store } from "@/api";
import { lifecycle, movement } from "@/api/queries";
import { Bar } from "@/ui/Bar";
import { daysBefore, isoDay, number, share, signed } from "@/ui/format";
import { Notice } from "@/ui/Notice";
import { Shapes } from "@/ui/Shapes";
import { words } from "@/ui/words";
import type { Question } from "./Behind";
import styles from "./HomePage.module.css";
import { comings } from "./moved";

const said = words.home.lifecycle;
const names = words.home.stageNames;
const NONE = "NONE";
const SERIES: Record<string, number> = {
  POTENTIAL_BUYER: 6,
  FIRST_TIME_BUYER: 3,
  ACTIVE_REPEAT: 1,
  AT_RISK_REPEAT: 5,
  INACTIVE_REPEAT: 2,
};

type Props = { shop: Store; open: (question: Question) => void };

/** The lifecycle stages, each with its change in thirty days, and who moved between them. */
export function Lifecycle({ shop, open }: Props) {
  const since = daysBefore(isoDay(shop.as_of, shop.timezone), 30);
  const now = useQuery(lifecycle());
  const then = useQuery(lifecycle(since)).data;
  const moved = useQuery(movement(since)).data;
  const stages = now.data?.groups.filter(({ name }) => name !== NONE) ?? [];
  const none = now.data?.groups.find(({ name }) => name === NONE);
  const largest = Math.max(1, ...stages.map(({ members }) => members));
  const went = moved && comings(moved);
  return (
    <section className={styles.part} aria-labelledby="lifecycle">
      <div className={styles.head}>
        <h2 id="lifecycle">{said.title}</h2>
        {now.data && (
          <span className="quiet small">
            {said.text((Math.round(now.data.average_days_between_orders * 10) / 10).toFixed(1))}
          </span>
        )}
        <span className={styles.aside}>{said.change}</span>
      </div>
      {now.isError && <Notice kind="bad">{now.error.message}</Notice>}
      {now.isPending && <Shapes flush rows={5} height={20} />}
      <ul className={styles.stages}>
        {stages.map(({ name, meaning, members }) => {
          const before = then?.groups.find((each) => each.name === name)?.members;
          const title = names[name] ?? name;
          return (
            <li key={name}>
              <button
                type="button"
                title={meaning}
                onClick={() => open({ title, query: `lifecycle_stage = '${name}'` })}
              >
                <span className={styles.stage}>
                  <i style={{ background: `var(--series-${SERIES[name] ?? 6})` }} />
                  {title}
                </span>
                <Bar share={members / largest} />
                <span className="number strong">{number(members)}</span>
                <span className="number quiet">{share(members, now.data?.customers ?? 0)}</span>
                <span className="number quiet">
                  {before === undefined ? "" : signed(members - before)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {went && went.back + went.slipped > 0 && (
        <p className={styles.moves}>
          <ArrowLeftRight size={14} aria-hidden />
          {said.moved(went.back, went.risk, went.inactive, went.slipped)}
        </p>
      )}
      {none && none.members > 0 && (
        <button
          type="button"
          className={styles.none}
          onClick={() => open({ title: names[NONE] ?? NONE, query: `lifecycle_stage = '${NONE}'` })}
        >
          {said.none(none.members)}
        </button>
      )}
    </section>
  );
}
