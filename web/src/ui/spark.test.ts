import { expect, it } from "vitest";
import { points } from "./spark";

it("reaches from the lowest to the highest value", () => {
  expect(points([0, 5, 10], 22, 12, 1)).toEqual([
    [1, 11],
    [11, 6],
    [21, 1],
  ]);
});

it("is level where nothing changes", () => {
  expect(points([7, 7], 22, 12, 1)).toEqual([
    [1, 6],
    [21, 6],
  ]);
});
