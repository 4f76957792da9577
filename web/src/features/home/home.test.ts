import { expect, it } from "vitest";
import type { Movement } from "@/api";
import { AREAS, heat } from "./mosaic";
import { comings, mostMoved } from "./moved";

it("gives each of the ten groups one rectangle", () => {
  const cells = AREAS.map((row) => row.split(" "));
  const names = new Set(cells.flat());
  expect(names.size).toBe(10);
  for (const name of names) {
    const rows = cells.flatMap((row, at) => (row.includes(name) ? [at] : []));
    const columns = cells[0]?.flatMap((_, at) =>
      cells.some((row) => row[at] === name) ? [at] : [],
    );
    const inside = cells.flat().filter((each) => each === name).length;
    expect(inside).toBe(rows.length * (columns?.length ?? 0));
  }
});

it("draws nobody cold and the largest warmest", () => {
  expect([0, 1, 50, 100].map((members) => heat(members, 100))).toEqual([0, 1, 2, 4]);
  expect(heat(0, 0)).toBe(0);
});

it("has the largest changes first, whichever way, and no others", () => {
  const of = (name: string, change: number) => ({ id: 1, name, before: 10, change });
  const found = mostMoved([of("a", 1), of("b", -5), of("c", 0), of("d", 5), of("e", 2)], 3);
  expect(found.map(({ name }) => name)).toEqual(["b", "d", "e"]);
});

it("tells who came back and who slipped", () => {
  const names = ["ACTIVE_REPEAT", "AT_RISK_REPEAT", "INACTIVE_REPEAT"];
  const counts = [
    [10, 4, 1],
    [3, 20, 2],
    [5, 0, 30],
  ];
  expect(comings({ names, counts } as Movement)).toEqual({
    back: 8,
    risk: 3,
    inactive: 5,
    slipped: 4,
  });
  expect(comings({ names: [], counts: [] } as unknown as Movement).back).toBe(0);
});
