import { expect, it } from "vitest";
import type { Member } from "@/api";
import { having, heading, leaves, leaving, order, shown } from "./values";

const LONDON = "Europe/London";
const member = (
  customer_id: string,
  leaves_at: string | null,
  fields: Member["fields"] = {},
): Member => ({
  customer_id,
  leaves_at,
  stays_until: null,
  fields,
});

it("shows each type as people read it", () => {
  expect(shown("5284.5800", "MONEY", "GBP", LONDON)).toBe("£5,284.58");
  expect(shown("2011-12-06T15:40:00Z", "DATE", "GBP", LONDON)).toBe("6 Dec 2011");
  expect(shown(1234, "INTEGER", "GBP", LONDON)).toBe("1,234");
  expect(shown(["BE", "FR"], "LIST", "GBP", LONDON)).toBe("BE, FR");
  expect(shown(null, "MONEY", "GBP", LONDON)).toBe("");
});

it("sorts amounts as numbers and texts without case", () => {
  expect(order("900.0000", "MONEY")).toBeLessThan(order("1000.0000", "MONEY") as number);
  expect(order("Zoe", "TEXT")).toBe("zoe");
  expect(order(null, "TEXT")).toBeUndefined();
});

it("searches the id and the shown columns only", () => {
  const some = [
    member("12", null, { name: "Ada", note: "x" }),
    member("34", null, { name: null, note: "ada" }),
  ];
  const found = (text: string) =>
    having(some, ["name"], text).map(({ customer_id }) => customer_id);
  expect(found("ADA")).toEqual(["12"]);
  expect(found("3")).toEqual(["34"]);
  expect(found(" ")).toEqual(["12", "34"]);
});

it("counts who leaves until a moment, and of whom that is not known", () => {
  const some = [
    member("1", "2026-01-05T00:00:00Z"),
    member("2", "2026-02-05T00:00:00Z"),
    member("3", null),
  ];
  const later = { ...member("4", null), stays_until: "2026-01-09T00:00:00Z" };
  expect(leaving([...some, later], "2026-01-31T00:00:00Z")).toEqual({ leave: 1, unknown: 1 });
  expect(leaving([later], "2026-01-08T00:00:00Z")).toEqual({ leave: 0, unknown: 0 });
});

it("tells the day of a midnight, else the minute", () => {
  expect(leaves("2026-07-01T23:00:00Z", LONDON)).toBe("2 Jul 2026");
  expect(leaves("2026-01-05T14:30:00Z", LONDON)).toBe("5 Jan 2026, 14:30");
});

it("begins headings with a capital", () => {
  expect(heading({ label: "amount spent" })).toBe("Amount spent");
  expect(heading({ label: "RFM group" })).toBe("RFM group");
});
