// Values of members as a table shows, sorts and searches them.

import type { FilterAttribute, Member } from "@/api";
import { day, moment, money, number, plainDay } from "@/ui/format";

/** A value as people read it: by the type that its attribute has. */
export function shown(value: unknown, type: string, currency: string, zone: string): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(", ");
  const text = String(value);
  switch (type) {
    case "MONEY":
      return money(text, currency);
    case "DATE":
      return day(text, zone);
    case "DAY":
      return plainDay(text.slice(0, 10));
    case "INTEGER":
      return number(Number(text));
    case "DECIMAL":
      return String(Math.round(Number(text) * 100) / 100);
    default:
      return text;
  }
}

/** What a value is sorted by; who has none comes last. */
export function order(value: unknown, type: string): number | string | undefined {
  if (value === null || value === undefined) return undefined;
  if (["MONEY", "INTEGER", "DECIMAL"].includes(type)) return Number(value);
  if (type === "BOOLEAN") return value ? 1 : 0;
  return Array.isArray(value) ? value.join(", ").toLowerCase() : String(value).toLowerCase();
}

/** Whether a type is shown at the right. */
export function numeric(type: string): boolean {
  return ["MONEY", "INTEGER", "DECIMAL", "DATE", "DAY"].includes(type);
}

/** Those of whom one of the shown values, or the id, has the text in it. */
export function having(
  members: readonly Member[],
  fields: readonly string[],
  text: string,
): Member[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [...members];
  return members.filter(({ customer_id, fields: values }) =>
    [customer_id, ...fields.map((name) => values[name])].some(
      (value) =>
        value !== null && value !== undefined && String(value).toLowerCase().includes(wanted),
    ),
  );
}

/** How many leave by time alone before a moment, and of how many that is not known. */
export function leaving(
  members: readonly Member[],
  until: string,
): { leave: number; unknown: number } {
  const before = (at: string | null) => at !== null && at <= until;
  return {
    leave: members.filter(({ leaves_at }) => before(leaves_at)).length,
    unknown: members.filter(({ leaves_at, stays_until }) => !leaves_at && before(stays_until))
      .length,
  };
}

/** The label of an attribute as a heading. */
export function heading({ label }: Pick<FilterAttribute, "label">): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** When a member leaves, to the day where that is at midnight of the store. */
export function leaves(at: string, zone: string): string {
  const told = moment(at, zone);
  return told.endsWith(", 00:00:00") ? day(at, zone) : told.slice(0, -3);
}
