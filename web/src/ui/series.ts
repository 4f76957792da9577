// Counts day by day, the latest last.

/** The change of a size in so many days, from sizes day by day; none where they are too few. */
export function changeIn(days: number, counts: readonly number[]): number | null {
  const last = counts[counts.length - 1];
  const before = counts[counts.length - 1 - days];
  return last === undefined || before === undefined ? null : last - before;
}

/** Every seventh of the sizes, the last one included. */
export function weekly(counts: readonly number[]): number[] {
  return counts.filter((_, place) => (counts.length - 1 - place) % 7 === 0);
}
