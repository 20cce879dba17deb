/** What a form says is to be purged, and how it is called. */

import type { PurgeOutcome, PurgeWhat } from "../api/types";
import { whole } from "../format/number";

export type Kind = "word" | "property" | "item" | "event" | "page" | "channel" | "days";

/** Each with its name, and what to write. */
export const KINDS: readonly (readonly [Kind, string, string])[] = [
  ["word", "A word", "Exactly as it is shown, such as a page, a source or a value. Pages below it go with it."],
  ["property", "A property", "Its name. All its values go with it."],
  ["item", "An item", "Exactly as it is shown."],
  ["event", "Events of a name", "The name of the event."],
  ["page", "Events on pages", "A path; * stands for one part of it, ** at the end for any rest, such as /reset/**."],
  ["channel", "Events of visits by a channel", "As it is shown, such as Direct or Organic Search."],
  ["days", "Everything on some days", "Days are those of the site."],
];

export interface Draft {
  kind: Kind;
  text: string;
  dimension: string;
  /** Of a word: the property that it is a value of. */
  property: string;
  from: string;
  to: string;
}

export const EMPTY: Draft = { kind: "word", text: "", dimension: "", property: "", from: "", to: "" };

export const kindName = (kind: string) => KINDS.find(([name]) => name === kind)?.[1] ?? "Events";

/** True if something can be asked. */
export function isWhole({ kind, text, from, to }: Draft): boolean {
  const days = from.trim() !== "" && to.trim() !== "";
  return kind === "days" ? days : text.trim() !== "";
}

export function whatOf({ kind, text, dimension, property, from, to }: Draft): PurgeWhat {
  const trimmed = text.trim();
  const days = from.trim() === "" && to.trim() === "" ? {} : { from: from.trim(), to: to.trim() };
  if (kind === "days") return days;
  if (kind === "property" || kind === "item") return { [kind]: trimmed };
  if (kind !== "word") return { [kind]: trimmed, ...days };
  const where = property.trim() === "" ? dimension : `prop:${property.trim()}`;
  return where === "" ? { word: trimmed } : { word: trimmed, dimension: where };
}

/** A count as the guard tells it. */
export function recentText(count: number | null, { fewer_than }: PurgeOutcome["recent"]): string {
  if (count !== null) return count === 0 ? "none" : whole(count);
  return fewer_than === null ? "not told" : `of fewer than ${fewer_than} people, or none`;
}
