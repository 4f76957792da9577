// A segment's size over time, as its chart shows it.

import type { Size, Turn } from "@/api";
import { isoDay } from "@/ui/format";

/** How many there were at the end of a day, and how many came and went until then. */
export type Point = { day: string; count: number; joined: number; left: number };

/** Sizes with what each differs from the one so many days before: only the sum is known. */
export function nets(sizes: readonly Size[], days: number): Point[] {
  return sizes.map(({ day, count }, place) => {
    const last = (sizes.length - 1 - place) % days === 0;
    const before = sizes[place - days]?.count;
    const net = last && before !== undefined ? count - before : 0;
    return { day, count, joined: Math.max(net, 0), left: Math.max(-net, 0) };
  });
}

/** What happened, day by day; when a rule was changed nobody joined or left by themselves. */
export function recorded(turns: readonly Turn[], zone: string): Point[] {
  const days = new Map<string, Point>();
  for (const { at, cause, count, joined, left } of turns) {
    const day = isoDay(at, zone);
    const point = days.get(day) ?? { day, count: 0, joined: 0, left: 0 };
    const moved = cause === "definition" ? 0 : 1;
    days.set(day, {
      day,
      count,
      joined: point.joined + joined * moved,
      left: point.left + left * moved,
    });
  }
  return [...days.values()].sort((a, b) => a.day.localeCompare(b.day));
}

/** The point with most members, the latest of them. */
export function highest(points: readonly Point[]): Point | undefined {
  return points.reduce<Point | undefined>(
    (most, point) => (!most || point.count >= most.count ? point : most),
    undefined,
  );
}
