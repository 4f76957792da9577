// The line of a sparkline: its own scale, no axis.

/** Points of a polyline over a box; one value, or equal ones, give a level line. */
export function points(
  values: readonly number[],
  width: number,
  height: number,
  pad = 2,
): [number, number][] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low;
  const step = values.length > 1 ? (width - 2 * pad) / (values.length - 1) : 0;
  return values.map((value, place) => {
    const y = span === 0 ? height / 2 : pad + (1 - (value - low) / span) * (height - 2 * pad);
    return [pad + place * step, y];
  });
}
