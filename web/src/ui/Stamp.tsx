import { Tooltip } from "@mantine/core";
import { AlertTriangle, CircleCheck, Clock, History, LoaderCircle } from "lucide-react";
import { timeOrMoment, wholeMoment } from "./format";
import styles from "./Stamp.module.css";
import { words } from "./words";

export type Standing = "current" | "refreshing" | "stale" | "failed" | "past";

const ICONS = {
  current: CircleCheck,
  refreshing: LoaderCircle,
  stale: Clock,
  failed: AlertTriangle,
  past: History,
};

const SAYS = {
  current: words.stamp.true,
  refreshing: words.stamp.true,
  stale: words.stamp.stale,
  failed: words.stamp.failed,
  past: words.stamp.asOf,
};

/** The moment a number is true for; the number itself never goes away for it. */
export function Stamp({
  at,
  zone,
  standing,
}: {
  at: string | null;
  zone: string;
  standing: Standing;
}) {
  if (at === null) return <span className={styles.stamp}>{words.stamp.none}</span>;
  const Icon = ICONS[standing];
  return (
    <span className={styles.stamp} data-standing={standing}>
      <Icon
        size={14}
        aria-hidden
        className={standing === "refreshing" ? styles.turning : undefined}
      />
      <span>
        {SAYS[standing]}{" "}
        <Tooltip label={wholeMoment(at, zone)}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard reaches its zone too */}
          <time dateTime={at} className={styles.time} tabIndex={0}>
            {timeOrMoment(at, zone, new Date())}
          </time>
        </Tooltip>
      </span>
    </span>
  );
}
