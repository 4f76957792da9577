import { expect, it } from "vitest";
import type { SavedSegment } from "@/api";
import { fitting, folders } from "./finding";
import { chunk } from "./reach";

const segment = (name: string, folder = "", query = "number_of_orders > 1") =>
  ({ name, folder, query, description: "" }) as SavedSegment;

const some = [
  segment("VIP customers", "Value"),
  segment("Big spenders", "Value", "amount_spent > 500"),
  segment("At risk", "Lifecycle"),
  segment("Alone"),
];

it("lists folders by name; no folder is none", () => {
  expect(folders(some)).toEqual([
    ["Lifecycle", 1],
    ["Value", 2],
  ]);
});

it("finds by every word, in names and rules, within the folder", () => {
  const names = (folder: string | undefined, search: string) =>
    fitting(some, folder, search).map(({ name }) => name);
  expect(names(undefined, "")).toHaveLength(4);
  expect(names("Value", "")).toEqual(["VIP customers", "Big spenders"]);
  expect(names(undefined, "SPENT")).toEqual(["Big spenders"]);
  expect(names(undefined, "vip cust")).toEqual(["VIP customers"]);
  expect(names("Lifecycle", "vip")).toEqual([]);
});

it("asks for a hundred together", () => {
  const ids = [...Array(250).keys()];
  expect(chunk(ids, 249)).toEqual({ ids: ids.slice(200), place: 49 });
  expect(chunk(ids, 100).place).toBe(0);
  expect(chunk(ids, 999)).toEqual({ ids: [999], place: 0 });
});
