import { expect, it } from "vitest";
import type { Comparison } from "@/api";
import { slices } from "./breakdown";

const found = {
  breakdowns: [
    {
      kind: "country",
      values: [
        { value: "GB", label: "United Kingdom", customers: [90, 5] },
        { value: "FR", label: "France", customers: [10, 7] },
        { value: "DE", label: "Germany", customers: [8, 0] },
        { value: "ES", label: "Spain", customers: [3, 2] },
        { value: "IT", label: "Italy", customers: [2, 1] },
      ],
    },
  ],
} as unknown as Comparison;

it("has the largest first, leaves out nobody's, and puts the rest together", () => {
  expect(slices(found, "country", 1, 2)).toEqual({
    top: [
      { label: "France", count: 7 },
      { label: "United Kingdom", count: 5 },
    ],
    rest: [
      { label: "Spain", count: 2 },
      { label: "Italy", count: 1 },
    ],
  });
});

it("never puts one alone together", () => {
  expect(slices(found, "country", 1, 3).top).toHaveLength(4);
  expect(slices(found, "nothing", 1, 3)).toEqual({ top: [], rest: [] });
});
