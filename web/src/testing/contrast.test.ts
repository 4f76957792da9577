import { describe, expect, it } from "vitest";
import { colours } from "@/ui/tokens";

function light(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = ["ink", "ink-2", "ink-3", "accent-text", "out-text", "ok", "warn", "bad"];
const GROUND = ["sheet", "inset", "desk"];
const GRAPHICS = ["ctl", "accent", "in", "out"];

describe.each(["light", "dark"] as const)("in the %s scheme", (scheme) => {
  const of = (name: string) => colours(scheme)[`--${name}`] as string;

  it.each(TEXT)("text in %s can be read on every ground", (name) => {
    for (const ground of GROUND) expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(GRAPHICS)("%s stands out from the sheet", (name) => {
    expect(contrast(of(name), of("sheet"))).toBeGreaterThanOrEqual(3);
  });

  it("white can be read on buttons", () => {
    expect(contrast("#FFFFFF", of("solid"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast("#FFFFFF", of("solid-hover"))).toBeGreaterThanOrEqual(4.5);
  });
});
