import { expect, it } from "vitest";
import { hits } from "./hits";

const names = ["Active Repeat", "Repeat customers", "VIP customers"].map((name) => ({ name }));

it("finds names with all the words, those that begin so first", () => {
  expect(hits(names, "repeat").map(({ name }) => name)).toEqual([
    "Repeat customers",
    "Active Repeat",
  ]);
  expect(hits(names, "cust vip").map(({ name }) => name)).toEqual(["VIP customers"]);
  expect(hits(names, "nobody")).toEqual([]);
  expect(hits(names, " ", 2)).toHaveLength(2);
});
