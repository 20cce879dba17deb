/** A question about events as it stands in the address. */

import { type Interval, type Measure, MEASURES, type SegmentationAsked } from "../api/types";
import { known, type useOwn } from "../parts/own";
import { asSelector, isComplete, readStep, type Step } from "../parts/selectors";
import { parted } from "../view/view";
import { compared, question, type Scope } from "../overview/scope";

export const MOST_EVENTS = 10;

export const MEASURE_NAMES: Record<Measure, string> = {
  uniques: "People",
  totals: "Times",
  average: "Times per person",
  active_percent: "Share of all people",
  frequency: "How often each person",
  property_sum: "Sum of a property",
  property_average: "Average of a property",
  property_median: "Median of a property",
  property_p90: "90th percentile of a property",
  property_distinct: "Different values of a property",
};

export interface ExploreState {
  events: Step[];
  measure: Measure;
  property: string;
  formula: string;
  group: string;
  segments: string[];
}

type Own = ReturnType<typeof useOwn>;

export function readExplore({ all, one }: Own): ExploreState {
  const events = all("event").slice(0, MOST_EVENTS).map(readStep);
  return {
    events: events.length > 0 ? events : [{ event: "pageview" }],
    measure: known(MEASURES, one("measure"), "uniques"),
    property: one("property") ?? "",
    formula: one("formula") ?? "",
    group: one("group") ?? "",
    segments: all("segment").map((text) => parted(text)[0] ?? ""),
  };
}

export function needsProperty(measure: Measure): boolean {
  return measure.startsWith("property_");
}

/** Undefined while something is not filled in. */
export function toAsk(scope: Scope, state: ExploreState): SegmentationAsked | undefined {
  const { events, measure, property, formula, group, segments } = state;
  if (!events.every(isComplete) || (needsProperty(measure) && property === "")) return undefined;
  // Many courses are compared only if that was asked for: each is asked about twice then.
  const many = group !== "" || segments.length > 0;
  const wanted = !many || (scope.view.comparison !== undefined && scope.view.comparison !== "off");
  const compare = wanted && measure !== "frequency" ? compared(scope) : {};
  return {
    ...question(scope),
    events: events.map(asSelector),
    ...(measure === "uniques" ? {} : { measure }),
    ...(needsProperty(measure) ? { property } : {}),
    ...(formula ? { formula } : {}),
    ...(group ? { group } : {}),
    ...(segments.length > 0 ? { segments } : {}),
    ...(measure === "frequency" ? {} : { interval: scope.interval }),
    ...compare,
  };
}

/** Letters of the events, as formulas name them. */
export function letter(at: number): string {
  return String.fromCharCode(65 + at);
}

export const INTERVAL_NAMES: Record<Interval, string> = { hour: "Hours", day: "Days", week: "Weeks", month: "Months" };
