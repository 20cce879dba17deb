/** Selectors as they stand in the address (`event,Search,f:is%2Ccountry%2CAT`) and as people read them. */

import type { FilterAsked, Selector } from "../api/types";
import { type Filter, joined, parsed, parted, writeFilter } from "../view/view";
import { dimensionName, operatorName, valueName } from "../view/words";

export interface Step extends Selector {
  optional?: boolean;
}

export const KINDS = ["event", "page", "goal", "feature"] as const;
export type SelectorKind = (typeof KINDS)[number];

export function kindOf(selector: Selector): SelectorKind {
  return KINDS.find((kind) => selector[kind] !== undefined) ?? "event";
}

/** The event, page, goal or feature; empty while it is not chosen yet. */
export function valueOf(selector: Selector): string {
  return selector[kindOf(selector)] ?? "";
}

export function isComplete(selector: Selector): boolean {
  return valueOf(selector) !== "";
}

export function readStep(text: string): Step {
  const [kind, value = "", ...more] = parted(text);
  const step: Step = kind === "page" ? { page: value } : kind === "goal" ? { goal: value } : kind === "feature" ? { feature: value } : { event: value };
  for (const part of more) {
    const [name, said = ""] = [part.split(":", 1)[0], part.slice(part.indexOf(":") + 1)];
    if (name === "optional") step.optional = true;
    else if (name === "label") step.label = said;
    else if (name === "scroll" && Number(said) >= 1 && Number(said) <= 100) step.scroll = Math.round(Number(said));
    else if (name === "f") {
      const filter = parsed(said);
      if (filter) (step.filters ??= []).push(toAsked(filter));
    }
  }
  return step;
}

export function writeStep(step: Step): string {
  const parts = [kindOf(step), valueOf(step)];
  if (step.scroll !== undefined) parts.push(`scroll:${step.scroll}`);
  for (const filter of step.filters ?? []) parts.push(`f:${writeFilter(fromAsked(filter))}`);
  if (step.optional) parts.push("optional");
  if (step.label) parts.push(`label:${step.label}`);
  return joined(parts);
}

export function toAsked({ operator, dimension, values }: Filter): FilterAsked {
  return values.length > 0 ? [operator, dimension, values] : [operator, dimension];
}

export function fromAsked([operator, dimension, values]: FilterAsked): Filter {
  return { operator, dimension, values: values ?? [] };
}

/** A selector as a question holds it: without what only this page knows. */
export function asSelector({ optional: _, ...selector }: Step): Selector {
  return selector;
}

/** In words: `Search`, `/rooms`, `/help, scrolled to 50%`. */
export function selectorName(selector: Selector): string {
  if (selector.label) return selector.label;
  const value = valueOf(selector);
  const name = selector.event !== undefined ? valueName("event", value) : value;
  return selector.scroll === undefined ? name : `${name}, scrolled to ${selector.scroll}%`;
}

export function filterName(filter: Filter): string {
  const values = filter.values.map((value) => valueName(filter.dimension, value)).join(" or ");
  return `${dimensionName(filter.dimension)} ${operatorName(filter.operator)} ${values}`.trim();
}

/** With its conditions: `Search where Country is Austria`. */
export function selectorSentence(selector: Selector): string {
  const conditions = (selector.filters ?? []).map((filter) => filterName(fromAsked(filter)));
  return conditions.length > 0 ? `${selectorName(selector)} where ${conditions.join(" and ")}` : selectorName(selector);
}
