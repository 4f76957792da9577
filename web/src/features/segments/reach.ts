// Reach and spend of many segments: asked for so many at a time, when the first of them is seen.

const TOGETHER = 100;

/** The segments that are asked for together with one, and its place among them. */
export function chunk(
  ids: readonly number[],
  id: number,
): { ids: readonly number[]; place: number } {
  const at = ids.indexOf(id);
  if (at < 0) return { ids: [id], place: 0 };
  const from = at - (at % TOGETHER);
  return { ids: ids.slice(from, from + TOGETHER), place: at - from };
}
