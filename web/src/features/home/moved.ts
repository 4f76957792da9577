// Which segments changed their size most, and who moved between the lifecycle stages.

import type { Movement } from "@/api";

export type Change = { id: number; name: string; before: number; change: number };

/** Those that changed, the largest change first, whichever way. */
export function mostMoved(changes: readonly Change[], most: number): Change[] {
  return changes
    .filter(({ change }) => change !== 0)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.name.localeCompare(b.name))
    .slice(0, most);
}

/** How many came back to be active, from where, and how many slipped. */
export function comings({ names, counts }: Movement) {
  const from = (before: string, after: string) =>
    counts[names.indexOf(before)]?.[names.indexOf(after)] ?? 0;
  const risk = from("AT_RISK_REPEAT", "ACTIVE_REPEAT");
  const inactive = from("INACTIVE_REPEAT", "ACTIVE_REPEAT");
  return {
    back: risk + inactive,
    risk,
    inactive,
    slipped: from("ACTIVE_REPEAT", "AT_RISK_REPEAT"),
  };
}
