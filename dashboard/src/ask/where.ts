/** Which page shows a question, and how the question stands in its address. */

import type { Interval, Metric } from "../api/types";
import { type SelectorKind, writeStep } from "../parts/selectors";
import { type Filter, INTERVALS, type Own, PERIODS, TILES, type View } from "../view/view";
import { joined } from "../view/view";
import type { Sketch, Step } from "./types";

export type PagePath = "/$site" | "/$site/explore" | "/$site/funnels" | "/$site/journeys" | "/$site/retention" | "/$site/lifecycle" | "/$site/features" | "/$site/content" | "/$site/goals";

export interface Where {
  to: PagePath;
  /** As the row of pages calls it. */
  page: string;
  view: View;
}

/** What Explore counts, by the name that a metric has there. */
const MEASURED: Record<string, "totals" | "uniques"> = { events: "totals", pageviews: "totals", visitors: "uniques" };
/** What staff sort items by. */
const SORTS = ["views", "downloads", "clickthroughs", "likes", "bookmarks", "visitors"];

/** `view` is the one before: what the question does not say stays as it was. */
export function whereOf(asked: Sketch, view: View): Where {
  const base = timed(asked, view);
  const filters = (asked.filters ?? []).map(({ dimension, values }): Filter => ({ operator: "is", dimension, values }));
  const steps = (asked.steps ?? []).map(written);
  const to = (path: PagePath, page: string, own: Own, list = filters): Where => ({ to: path, page, view: withOwn({ ...base, f: list.length > 0 ? list : undefined }, own) });
  const by = one(asked.dimension);
  switch (asked.kind) {
    case "totals":
    case "series":
    case "breakdown":
      return counted(asked, base, filters);
    case "funnel":
      return to("/$site/funnels", "Funnels", { step: steps, group: by });
    case "retention":
      return to("/$site/retention", "Retention", { every: asked.interval === "day" ? ["day"] : undefined, action: action(asked.steps?.[0]) }, []);
    case "lifecycle":
      return to("/$site/lifecycle", "Lifecycle", {}, []);
    case "journeys": {
      const backward = asked.mode === "backward";
      const ends = { start: backward ? undefined : steps.slice(0, 1), end: backward ? steps.slice(0, 1) : steps.slice(1, 2) };
      return to("/$site/journeys", "Journeys", { direction: asked.mode && asked.mode !== "forward" ? [asked.mode] : undefined, ...ends });
    }
    case "visits":
      return to("/$site/journeys", "Journeys", {});
    case "goals":
      return to("/$site/goals", "Goals", { group: by });
    case "attribution":
      return to("/$site/goals", "Goals", { goal: steps.slice(0, 1), by: asked.dimension === "source" ? undefined : by, model: asked.mode === "first" ? ["first"] : undefined });
    case "features":
      return to("/$site/features", "Features", {});
    case "items": {
      const sort = asked.order && SORTS.includes(asked.order[0]) ? [`${asked.order[1] === "desc" ? "-" : ""}${asked.order[0]}`] : undefined;
      return to("/$site/content", "Content", { tab: asked.dimension === "tag" ? ["tag"] : undefined, sort });
    }
  }
}

/** Numbers of something that is done go to Explore, all others to the overview. */
function counted(asked: Sketch, base: View, filters: Filter[]): Where {
  const metrics = asked.metrics ?? ["visitors"];
  const measure = MEASURED[metrics[0] ?? "visitors"];
  const done = filters.find(({ dimension }) => dimension === "event") ?? (asked.dimension === "page" ? undefined : filters.find(({ dimension }) => dimension === "page"));
  if (done && measure && metrics.length === 1) {
    const kind = done.dimension as SelectorKind;
    const rest = filters.filter((filter) => filter !== done);
    const own: Own = { event: done.values.map((value) => joined([kind, value])), measure: measure === "totals" ? ["totals"] : undefined, group: one(asked.dimension) };
    return { to: "/$site/explore", page: "Explore", view: withOwn({ ...base, f: rest.length > 0 ? rest : undefined }, own) };
  }
  const metric = TILES.find((tile) => tile === metrics[0]);
  const view: View = { ...base, f: filters.length > 0 ? filters : undefined, metric };
  if (!asked.dimension) return { to: "/$site", page: "Overview", view };
  return { to: "/$site", page: "Overview", view: withOwn(view, { details: one(asked.dimension), measure: metrics.map((name) => joined([name])) }) };
}

/** Period, comparison and interval. An interval of the page before may not fit another period. */
function timed({ kind, period, compare, interval }: Sketch, before: View): View {
  const view: View = period ? {} : { period: before.period, date: before.date, from: before.from, to: before.to };
  if (period) {
    const preset = PERIODS.find((name) => name === (period.from === null ? "all" : period.preset));
    if (preset) view.period = preset;
    else if (period.from) Object.assign(view, { period: "custom", from: period.from, to: period.to });
  }
  if (compare === "previous_period" || compare === "year_over_year") view.comparison = compare;
  else if (compare) {
    const [from, to] = compare.custom;
    Object.assign(view, { comparison: "custom", compare_from: from, compare_to: to });
  }
  const over = kind === "totals" || kind === "series" || kind === "breakdown";
  const known = over ? (INTERVALS.find((name) => name === interval) as Interval | undefined) : undefined;
  if (known) view.interval = known;
  return view;
}

function withOwn(view: View, own: Own): View {
  const entries = Object.entries(own).filter(([, list]) => list !== undefined && list.length > 0);
  const clean = Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as View;
  return entries.length > 0 ? { ...clean, own: Object.fromEntries(entries) as Own } : clean;
}

function written(step: Step): string {
  return writeStep(step);
}

function action(step: Step | undefined): string[] | undefined {
  return step && "event" in step ? one(step.event) : undefined;
}

function one(value: string | undefined): string[] | undefined {
  return value === undefined ? undefined : [joined([value])];
}

/** Metrics that a list of the overview can show, of those that stand in the address. */
export function metricsOf(words: readonly string[], usual: readonly Metric[]): Metric[] {
  const known: readonly string[] = ["visitors", "visits", "pageviews", "events", "views_per_visit", "bounce_rate", "visit_duration", "scroll_depth", "time_on_page", "exit_rate", "percentage"];
  const asked = words.filter((word): word is Metric => known.includes(word));
  return [...asked, ...usual.filter((metric) => !asked.includes(metric))];
}
