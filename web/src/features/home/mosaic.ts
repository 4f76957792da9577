// Where the RFM groups stand: recency from left to right, value from below upwards.

/** Rows from the highest value to the lowest, columns from the longest ago to the latest. */
export const AREAS = [
  "PREVIOUSLY_LOYAL PREVIOUSLY_LOYAL LOYAL LOYAL CHAMPIONS",
  "AT_RISK AT_RISK LOYAL LOYAL CHAMPIONS",
  "AT_RISK AT_RISK NEEDS_ATTENTION ACTIVE ACTIVE",
  "DORMANT DORMANT ALMOST_LOST ACTIVE ACTIVE",
  "DORMANT DORMANT ALMOST_LOST PROMISING NEW",
] as const;

/** How warm a group is drawn, from 0 (nobody) to 4 (the largest). */
export function heat(members: number, largest: number): number {
  if (members === 0 || largest === 0) return 0;
  return Math.min(4, 1 + Math.floor((members / largest) * 3.999));
}
