// The design's colours, for both schemes, by the names that style sheets use (`var(--sheet)`).

type Pair = readonly [light: string, dark: string];

const COLOURS: Record<string, Pair> = {
  desk: ["#F4F2EE", "#121110"],
  sheet: ["#FFFFFF", "#1A1917"],
  inset: ["#FAF8F5", "#211F1D"],
  hover: ["#F3F0EB", "#292623"],
  press: ["#EAE6DF", "#322F2B"],
  line: ["#E8E4DD", "#2E2B28"],
  "line-2": ["#D6D0C6", "#423E39"],
  ctl: ["#8E877B", "#7D766C"],
  ink: ["#1E1C19", "#F0EDE8"],
  "ink-2": ["#57524A", "#BBB5AB"],
  "ink-3": ["#6E685E", "#9E978C"],
  accent: ["#2F4FC9", "#93A9FF"],
  solid: ["#2F4FC9", "#4A68E0"],
  "solid-hover": ["#2843AE", "#3D58CC"],
  "accent-text": ["#2843AE", "#A9BAFF"],
  "accent-sub": ["#EEF1FD", "#222842"],
  "accent-edge": ["#C2CDF7", "#3B4678"],
  in: ["#2F4FC9", "#8198F5"],
  "in-soft": ["#C9D4F8", "#34406F"],
  out: ["#C9641B", "#E08A45"],
  "out-text": ["#9A4A0E", "#F0A669"],
  "out-soft": ["#F6D9BF", "#5A3A20"],
  ok: ["#1F7048", "#72C79A"],
  "ok-bg": ["#E9F4ED", "#1B2E24"],
  warn: ["#85560A", "#E5B65F"],
  "warn-bg": ["#FBF1DC", "#2E2617"],
  bad: ["#B12A20", "#F48F85"],
  "bad-bg": ["#FBEBE9", "#371F1C"],
  any: ["#7B3F98", "#CFA0E6"],
  "any-box": ["#FBF8FD", "#1F1B22"],
  "any-chip": ["#F3EAF8", "#33283A"],
  none: ["#A2431A", "#F0A27C"],
  "none-box": ["#FDF9F6", "#221C18"],
  "none-chip": ["#FBEBE2", "#3B2920"],
  "heat-0": ["#F5F6FD", "#1F2029"],
  "heat-1": ["#E6EBFC", "#262B42"],
  "heat-2": ["#D2DBF9", "#2F385F"],
  "heat-3": ["#B6C4F4", "#3C4A83"],
  "heat-4": ["#94A8EC", "#4D5FAA"],
  "series-1": ["#2F4FC9", "#8FA6FF"],
  "series-2": ["#A1510D", "#AA631D"],
  "series-3": ["#07A595", "#7FE6DA"],
  "series-4": ["#7D477E", "#CF7FB8"],
  "series-5": ["#AF8712", "#E4C462"],
  "series-6": ["#353B44", "#6E727B"],
};

/** The colours of one scheme as CSS variables. */
export function colours(scheme: "light" | "dark"): Record<string, string> {
  const which = scheme === "light" ? 0 : 1;
  return Object.fromEntries(
    Object.entries(COLOURS).map(([name, pair]) => [`--${name}`, pair[which]]),
  );
}

/** Mantine's own shades, light to dark. */
export const STONE = [
  ...["#FAF8F5", "#F4F2EE", "#ECE8E2", "#DFDAD2", "#C4BDB2"],
  ...["#8E877B", "#6E685E", "#57524A", "#332F2A", "#1E1C19"],
] as const;
export const INK = [
  ...["#EEF1FD", "#DDE3FB", "#C2CDF7", "#A3B4F1", "#8195E6"],
  ...["#5F78DB", "#4561D2", "#2F4FC9", "#2843AE", "#1F3488"],
] as const;
