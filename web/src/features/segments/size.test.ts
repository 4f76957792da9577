import { expect, it } from "vitest";
import type { Size, Turn } from "@/api";
import { highest, nets, recorded } from "./size";

const sizes = [10, 12, 11, 15, 9].map(
  (count, place) => ({ day: `2026-01-0${place + 1}`, count }) as Size,
);

it("tells the change of every step, counted back from the last day", () => {
  const steps = nets(sizes, 2).map(({ joined, left }) => joined - left);
  expect(steps).toEqual([0, 0, 1, 0, -2]);
  expect(nets(sizes, 1).map(({ joined, left }) => [joined, left])).toEqual([
    [0, 0],
    [2, 0],
    [0, 1],
    [4, 0],
    [0, 6],
  ]);
});

const turn = (at: string, cause: string, joined: number, left: number, count: number) =>
  ({ at, cause, joined, left, count }) as Turn;

it("adds up what happened on a day of the store, but not what a new rule did", () => {
  const points = recorded(
    [
      turn("2026-07-01T10:00:00Z", "definition", 50, 0, 50),
      turn("2026-07-01T12:00:00Z", "data", 3, 1, 52),
      turn("2026-07-01T23:30:00Z", "time", 0, 2, 50),
    ],
    "Europe/London",
  );
  expect(points).toEqual([
    { day: "2026-07-01", count: 52, joined: 3, left: 1 },
    { day: "2026-07-02", count: 50, joined: 0, left: 2 },
  ]);
});

it("finds the latest of the highest", () => {
  expect(highest(nets(sizes, 1))?.day).toBe("2026-01-04");
  expect(highest([])).toBeUndefined();
});
