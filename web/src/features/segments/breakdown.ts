// One of a comparison's breakdowns, of one of its segments: the largest values first.

import type { Comparison } from "@/api";

export type Slice = { label: string; count: number };

/** The values that members have, the largest first; beyond so many they are put together. */
export function slices(
  found: Comparison,
  kind: string,
  place: number,
  most: number,
): { top: Slice[]; rest: Slice[] } {
  const values = found.breakdowns.find((each) => each.kind === kind)?.values ?? [];
  const all = values
    .map(({ label, customers }) => ({ label, count: customers[place] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  if (all.length <= most + 1) return { top: all, rest: [] };
  return { top: all.slice(0, most), rest: all.slice(most) };
}
