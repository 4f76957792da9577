import { describe, expect, it } from "vitest";
import { rules } from "./password";
import { tokenIn } from "./token";

describe("rules of passwords", () => {
  it("count characters as people do", () => {
    expect(rules("lantern-otte", "", "").length).toBe(true);
    expect(rules("lantern-ott", "", "").length).toBe(false);
    expect(rules("🦦🦦🦦🦦🦦🦦", "", "").length).toBe(false);
  });

  it("want different characters", () => {
    expect(rules("abcdabcdabcd", "", "").signs).toBe(false);
    expect(rules("AaBbCcDdEeEe", "", "").signs).toBe(true);
    expect(rules("aAbBcCdDaAbB", "", "").signs).toBe(false);
  });

  it("refuse one's own name and address", () => {
    expect(rules("priya nair jones", "Priya Nair Jones", "p@example.com").own).toBe(false);
    expect(rules("priya.nair.jones", "P", "priya.nair.jones@example.com").own).toBe(false);
    expect(rules("lantern-otter-42", "Priya", "priya@example.com").own).toBe(true);
    expect(rules("", "", "").own).toBe(false);
  });
});

it("finds the token of a set-up link", () => {
  expect(tokenIn("#token=abc-1")).toBe("abc-1");
  expect(tokenIn("#other")).toBe("");
  expect(tokenIn("")).toBe("");
});
