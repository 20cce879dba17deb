/** Mantine in our colours: ink on paper, one hue. The tokens themselves are in styles/tokens.css. */

import { createTheme, type CSSVariablesResolver, type MantineColorSchemeManager } from "@mantine/core";

export const theme = createTheme({
  fontFamily: "Inter Variable, system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  primaryColor: "sea",
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
  colors: {
    sea: [
      "#f1f7f8",
      "#dcebed",
      "#b9d8dd",
      "#8fc5ce",
      "#5fb4c2",
      "#3d97a7",
      "#24798a",
      "#14606e",
      "#10505c",
      "#0b3f49",
    ],
  },
  components: {
    Modal: {
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        // Mantine's lock inserts a style without our nonce; page.css does the same.
        lockScroll: false,
        transitionProps: { duration: 100 },
        overlayProps: { backgroundOpacity: 0.4 },
        // The banner is the page's.
        attributes: { header: { role: "presentation" } },
      },
    },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: "none", withInitialFocusPlaceholder: false, menuItemTabIndex: 0 } },
    Popover: { defaultProps: { transitionProps: { duration: 80 }, shadow: "none" } },
  },
});

/** Mantine's own names for our tokens, which know light from dark themselves. */
const TOKENS = {
  "--mantine-color-body": "var(--sheet)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-bright": "var(--ink)",
  "--mantine-color-dimmed": "var(--quiet)",
  "--mantine-color-default": "var(--sheet)",
  "--mantine-color-default-hover": "var(--paper)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line)",
  "--mantine-color-disabled": "var(--paper)",
  "--mantine-color-disabled-color": "var(--quiet)",
  "--mantine-color-placeholder": "var(--quiet)",
  "--mantine-color-anchor": "var(--sea)",
  "--mantine-color-error": "var(--amber-ink)",
};

export const variables: CSSVariablesResolver = () => ({ variables: {}, light: TOKENS, dark: TOKENS });

/** The browser keeps nothing: the choice is a preference of the account. */
export const nowhere: MantineColorSchemeManager = {
  get: (fallback) => fallback,
  set: () => undefined,
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => undefined,
};

/** The nonce that the server put into the page; none while developing. */
export function nonce(): string {
  const told = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  return told.startsWith("__") ? "" : told;
}
