/** The few signs that are used, drawn with one stroke width. */

import type { ReactNode } from "react";

function Icon({ children, size = 16 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const Chevron = () => (
  <Icon size={12}>
    <path d="m3 6 5 5 5-5" />
  </Icon>
);
export const Before = () => (
  <Icon>
    <path d="M10 3 5 8l5 5" />
  </Icon>
);
export const After = () => (
  <Icon>
    <path d="m6 3 5 5-5 5" />
  </Icon>
);
export const Cross = () => (
  <Icon size={12}>
    <path d="m3 3 10 10M13 3 3 13" />
  </Icon>
);
export const Plus = () => (
  <Icon size={12}>
    <path d="M8 2v12M2 8h12" />
  </Icon>
);
export const Sliders = () => (
  <Icon>
    <path d="M2 5h6M12 5h2M2 11h2M8 11h6" />
    <circle cx="10" cy="5" r="2" />
    <circle cx="6" cy="11" r="2" />
  </Icon>
);
export const Dots = () => (
  <Icon>
    <path d="M3 8h.01M8 8h.01M13 8h.01" strokeWidth="2" />
  </Icon>
);
