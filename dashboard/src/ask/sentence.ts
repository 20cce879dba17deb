/** A question in words, so that everybody sees what is asked. */

import { dayRange, longDay } from "../format/date";
import { metricName } from "../format/number";
import type { Metric } from "../api/types";
import { presetName } from "../view/period";
import { PERIODS } from "../view/view";
import { dimensionName, valueName } from "../view/words";
import type { Sketch, Step } from "./types";

/** Its parts, each of which is said: `Events`, `by Country`, `where Event is Download`. */
export function partsOf(asked: Sketch, titles: Record<string, string> = {}): string[] {
  const valueOf = (dimension: string, value: string) => (dimension === "item" ? titles[value] : undefined) ?? valueName(dimension, value);
  const parts = [subject(asked)];
  if (asked.dimension && asked.kind !== "items") parts.push(`by ${dimensionName(asked.dimension).toLowerCase()}`);
  for (const { dimension, values } of asked.filters ?? []) {
    parts.push(`${dimensionName(dimension).toLowerCase()} is ${values.map((value) => valueOf(dimension, value)).join(" or ")}`);
  }
  if (asked.order) parts.push(`${asked.order[1] === "desc" ? "most" : "least"} ${name(asked.order[0]).toLowerCase()} first`);
  if (asked.interval && asked.kind !== "lifecycle") parts.push(`by ${asked.interval}`);
  if (asked.period) parts.push(periodOf(asked.period));
  if (asked.compare) parts.push(comparedWith(asked.compare));
  return parts;
}

function subject({ kind, metrics, steps, mode, dimension }: Sketch): string {
  const way = (steps ?? []).map(stepName).join(" → ");
  switch (kind) {
    case "totals":
    case "series":
    case "breakdown":
      return (metrics ?? ["visitors"]).map(name).join(" and ");
    case "funnel":
      return `Funnel: ${way}`;
    case "retention":
      return way ? `Members who come back to do ${way}` : "Members who come back";
    case "lifecycle":
      return "New, returning and dormant members";
    case "journeys":
      return way === "" ? "Ways through the site" : mode === "between" ? `Ways from ${way}` : mode === "backward" ? `Ways to ${way}` : `Ways from ${way}`;
    case "visits":
      return "How long, how deep and when visits are";
    case "goals":
      return "Conversions of goals";
    case "features":
      return "Use of features";
    case "items":
      return dimension === "tag" ? "Tags" : "Items";
    case "attribution":
      return `What brings ${way}${mode === "first" ? ", by the first touch" : ""}`;
  }
}

function stepName(step: Step): string {
  if ("event" in step) return valueName("event", step.event);
  if ("page" in step) return step.page;
  return "goal" in step ? step.goal : step.feature;
}

function name(metric: string): string {
  const known = metricName(metric as Metric);
  return known ?? metric.replace(/^./, (first) => first.toUpperCase());
}

function periodOf({ from, to, preset }: NonNullable<Sketch["period"]>): string {
  const known = PERIODS.find((other) => other === preset);
  if (known) return presetName(known).toLowerCase();
  if (from === null) return "all time";
  return from === to ? longDay(from) : dayRange(from, to);
}

function comparedWith(compare: NonNullable<Sketch["compare"]>): string {
  if (compare === "previous_period") return "compared with the days before";
  if (compare === "year_over_year") return "compared with a year before";
  return `compared with ${dayRange(...compare.custom)}`;
}
