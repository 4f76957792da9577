import { useQuery } from "@tanstack/react-query";
import { AlertTriangle, Link2 } from "lucide-react";
import type { HealthWarning, SavedSegment } from "@/api";
import { comparison, health, sizes, store, uses, versions } from "@/api/queries";
import { day, daysBefore, isoDay, number, share, signed } from "@/ui/format";
import { Spark } from "@/ui/Spark";
import { changeIn, weekly } from "@/ui/series";
import { words } from "@/ui/words";
import { chunk } from "./reach";
import styles from "./SegmentsPage.module.css";

const said = words.segments;
const WEEKS = 12;

export function MembersCell({ segment }: { segment: SavedSegment }) {
  const shop = useQuery(store).data;
  const { count } = segment.members;
  return (
    <>
      <div className="strong">{number(count)}</div>
      <div className="quiet small">{shop ? share(count, shop.customers) : ""}</div>
    </>
  );
}

/** Sizes of twelve weeks by the rule of today. */
function useSizes(id: number): number[] | undefined {
  const shop = useQuery(store).data;
  const today = shop ? isoDay(shop.as_of, shop.timezone) : "";
  const found = useQuery({
    ...sizes(id, daysBefore(today || "2000-01-01", 7 * WEEKS)),
    enabled: !!shop,
  });
  return found.data?.map(({ count }) => count);
}

export function TrendCell({ segment }: { segment: SavedSegment }) {
  const counts = useSizes(segment.id);
  if (!counts || segment.fixed_at) return null;
  const values = weekly(counts);
  const label = said.trendOf(values[0] ?? 0, values[values.length - 1] ?? 0);
  return <Spark values={values} label={label} width={84} />;
}

export function WeekCell({ segment }: { segment: SavedSegment }) {
  const counts = useSizes(segment.id);
  const change = counts && !segment.fixed_at ? changeIn(7, counts) : null;
  if (change === null) return null;
  return <span className={change > 0 ? "in" : change < 0 ? "out" : "quiet"}>{signed(change)}</span>;
}

type ReachProps = { segment: SavedSegment; ids: readonly number[]; by: "email" | "sms" };

export function ReachCell({ segment, ids, by }: ReachProps) {
  const { ids: together, place } = chunk(ids, segment.id);
  const found = useQuery({ ...comparison(together), enabled: !segment.archived });
  const profile = found.data?.profiles[place + 1]; // the whole store is the first
  if (!profile) return null;
  const reached = by === "email" ? profile.email_reachable : profile.sms_reachable;
  return (
    <>
      <div>{number(reached)}</div>
      <div className="quiet small">{share(reached, profile.members)}</div>
    </>
  );
}

export function UsedCell({ segment }: { segment: SavedSegment }) {
  const found = useQuery(uses(segment.id)).data;
  if (!found) return null;
  if (found.length === 0) return <span className="quiet">{said.unused}</span>;
  return (
    <span className={styles.used} title={found.map(({ name }) => name).join(", ")}>
      <Link2 size={14} aria-hidden />
      {said.uses(found.length)}
    </span>
  );
}

const OF_MANY = "many_idle_segments";

/** What is amiss with one segment, the most telling first. */
export function useWarnings(name: string): HealthWarning[] {
  const found = useQuery(health).data;
  return (
    found?.warnings.filter(({ kind, segments }) => kind !== OF_MANY && segments.includes(name)) ??
    []
  );
}

export function HealthCell({ segment }: { segment: SavedSegment }) {
  const warnings = useWarnings(segment.name);
  const first = warnings[0];
  if (segment.members.state === "failed")
    return <Amiss bad text={said.health_.failed} title={segment.members.error ?? ""} />;
  if (!first || segment.archived) return null;
  const more = warnings.length > 1 ? `, ${said.health_.more(warnings.length - 1)}` : "";
  const all = warnings.map(({ message }) => message).join("\n");
  return (
    <Amiss text={(said.kinds[first.kind] ?? first.kind.replaceAll("_", " ")) + more} title={all} />
  );
}

function Amiss({ text, title, bad = false }: { text: string; title: string; bad?: boolean }) {
  return (
    <span className={styles.amiss} data-bad={bad} title={title}>
      <AlertTriangle size={14} aria-hidden />
      {text}
    </span>
  );
}

export function ChangedCell({ segment }: { segment: SavedSegment }) {
  const shop = useQuery(store).data;
  const found = useQuery({ ...versions(segment.id), enabled: segment.version > 1 }).data;
  const at =
    found?.reduce((latest, { at }) => (at > latest ? at : latest), "") || segment.created_at;
  if (!shop || (segment.version > 1 && !found)) return null;
  return <span className="quiet">{day(at, shop.timezone)}</span>;
}
