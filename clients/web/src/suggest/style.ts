// The look of a list; every colour and measure can be set from outside.

export const STYLE = `:host{display:block;color:var(--outis-ink,inherit);font:var(--outis-font,inherit)}
:host([hidden]){display:none}
h2{margin:0 0 .5em;font:var(--outis-heading-font,inherit);font-weight:600}
ul{display:grid;grid-template-columns:var(--outis-columns,repeat(auto-fill,minmax(min(14em,100%),1fr)));gap:var(--outis-gap,.75em);margin:0;padding:0;list-style:none}
li{display:grid;align-content:start;gap:.25em;padding:var(--outis-padding,.75em);border:1px solid var(--outis-line,color-mix(in srgb,currentColor 25%,transparent));border-radius:var(--outis-radius,.375em);background:var(--outis-sheet,transparent);overflow-wrap:anywhere}
a{color:var(--outis-link,inherit);font-weight:600}
p{margin:0}
.why{font-size:.875em;color:var(--outis-quiet,inherit)}
button{justify-self:start;padding:.25em 0;min-height:24px;border:0;background:none;color:var(--outis-quiet,inherit);font:inherit;font-size:.875em;text-decoration:underline;cursor:pointer}
:focus-visible{outline:2px solid var(--outis-focus,currentColor);outline-offset:2px}`;
