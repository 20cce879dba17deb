/** How values are spread: a row for each range, with a bar. */

import type { Value } from "../api/types";
import { say } from "../format/number";

export interface Range {
  name: string;
  value: Value;
}

/** Ranges of which nothing is told, side by side, are one range of which nothing is told. */
export function ranged<T>(list: readonly T[], ends: (one: T) => [number, number | null, Value], name: (from: number, to: number | null) => string): Range[] {
  const found: { from: number; to: number | null; value: Value }[] = [];
  for (const one of list) {
    const [from, to, value] = ends(one);
    const last = found.at(-1);
    if (last && last.value === null && value === null) last.to = to;
    else found.push({ from, to, value });
  }
  return found.map(({ from, to, value }) => ({ name: name(from, to), value }));
}

interface Props {
  label: string;
  of: string;
  ranges: Range[];
  /** The values are percentages themselves. */
  percent?: boolean;
  /** What shares are of; otherwise of all values that are told. */
  whole?: Value | undefined;
}

export function Spread({ label, of, ranges, percent, whole }: Props) {
  const highest = Math.max(1, ...ranges.map((range) => range.value ?? 0));
  const sum = whole ?? ranges.reduce((all, range) => all + (range.value ?? 0), 0);
  return (
    <ul className="spread" aria-label={label}>
      {ranges.map((range) => (
        <li key={range.name}>
          <span className="spread-name">{range.name}</span>
          <span className="spread-track" aria-hidden="true">
            <span className={range.value === null ? "spread-bar hidden" : "spread-bar"} style={{ width: `${range.value === null ? 8 : (100 * range.value) / highest}%` }} />
          </span>
          <span className="spread-value">
            {range.value === null ? "too few" : say(percent ? "percentage" : "visitors", range.value)}
            <span className="visually-hidden"> {of}</span>
          </span>
          <span className="spread-share quiet">{range.value !== null && sum > 0 && !percent ? say("percentage", (100 * range.value) / sum) : ""}</span>
        </li>
      ))}
    </ul>
  );
}

const UNITS: [number, string, string][] = [
  [86_400, "day", "days"],
  [3600, "h", "h"],
  [60, "min", "min"],
  [1, "s", "s"],
];

/** A length of time in its largest whole unit: `30 s`, `5 min`, `1 day`. */
export function lengthOf(seconds: number): string {
  const [size, one, many] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "s", "s"];
  const count = seconds / size;
  return `${count} ${count === 1 ? one : many}`;
}

export function timeRange(from: number, to: number | null): string {
  if (to === null) return from === 0 ? "any time" : `over ${lengthOf(from)}`;
  return from === 0 ? `under ${lengthOf(to)}` : `${lengthOf(from)} to ${lengthOf(to)}`;
}

/** `1`, `2 to 4`, `5 or more`; the last number is part of the range. */
export function countRange(from: number, to: number | null): string {
  if (to === null) return `${from} or more`;
  return to <= from ? String(from) : `${from} to ${to}`;
}
