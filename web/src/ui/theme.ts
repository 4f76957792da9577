// How Mantine looks here: the tokens as variables, and its components in our sizes.

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";
import { colours, INK, STONE } from "./tokens";

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: 7,
  colors: {
    ink: INK as unknown as MantineColorsTuple,
    stone: STONE as unknown as MantineColorsTuple,
    gray: STONE as unknown as MantineColorsTuple,
  },
  autoContrast: false,
  defaultRadius: 6,
  focusRing: "auto",
  cursorType: "pointer",
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "15px", xl: "20px" },
  lineHeights: { xs: "16px", sm: "20px", md: "22px", lg: "20px", xl: "26px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  breakpoints: { xs: "30em", sm: "47.5em", md: "73.8125em", lg: "80em", xl: "90em" },
  components: {
    Button: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: {
        centered: true,
        padding: 20,
        radius: 10,
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.4 },
        shadow: "none",
      },
    },
    Menu: {
      defaultProps: {
        position: "bottom-end",
        shadow: "none",
        radius: 8,
        transitionProps: { duration: 120 },
      },
    },
    Popover: { defaultProps: { shadow: "none", radius: 8, transitionProps: { duration: 120 } } },
    Tooltip: {
      defaultProps: {
        withArrow: false,
        openDelay: 300,
        fz: 12,
        events: { hover: true, focus: true, touch: true },
      },
    },
  },
  respectReducedMotion: true,
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...colours("light"), ...mantine("light") },
  dark: { ...colours("dark"), ...mantine("dark") },
});

/** Mantine's own names for what the tokens say. */
function mantine(scheme: "light" | "dark"): Record<string, string> {
  const { of } = { of: (name: string) => colours(scheme)[`--${name}`] ?? "" };
  return {
    "--mantine-color-body": of("sheet"),
    "--mantine-color-text": of("ink"),
    "--mantine-color-bright": of("ink"),
    "--mantine-color-dimmed": of("ink-3"),
    "--mantine-color-placeholder": of("ink-3"),
    "--mantine-color-anchor": of("accent-text"),
    "--mantine-color-default": of("sheet"),
    "--mantine-color-default-hover": of("hover"),
    "--mantine-color-default-color": of("ink"),
    "--mantine-color-default-border": of("line-2"),
    "--mantine-color-error": of("bad"),
    "--mantine-color-ink-filled": of("solid"),
    "--mantine-color-ink-filled-hover": of("solid-hover"),
    "--mantine-color-ink-light": of("accent-sub"),
    "--mantine-color-ink-light-color": of("accent-text"),
    "--mantine-color-ink-outline": of("accent"),
    "--mantine-primary-color-filled": of("solid"),
    "--mantine-primary-color-filled-hover": of("solid-hover"),
    "--mantine-color-red-filled": scheme === "light" ? of("bad") : "#C4382D",
  };
}
