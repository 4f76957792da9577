import { expect, it } from "vitest";
import { changeIn, weekly } from "./series";

it("tells a change only where both days are known", () => {
  expect(changeIn(2, [5, 7, 4])).toBe(-1);
  expect(changeIn(3, [5, 7, 4])).toBeNull();
  expect(changeIn(1, [])).toBeNull();
});

it("takes every seventh day, the last one first", () => {
  expect(weekly([...Array(15).keys()])).toEqual([0, 7, 14]);
  expect(weekly([...Array(10).keys()])).toEqual([2, 9]);
});
