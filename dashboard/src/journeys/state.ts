/** A question about ways through the site as it stands in the address. */

import type { JourneysAsked, Question } from "../api/types";
import { known, type useOwn } from "../parts/own";
import { asSelector, isComplete, readStep, type Step } from "../parts/selectors";
import { parted } from "../view/view";

type Own = ReturnType<typeof useOwn>;
export type Direction = NonNullable<JourneysAsked["direction"]>;
export type Unit = NonNullable<JourneysAsked["unit"]>;

export interface JourneysState {
  direction: Direction;
  unit: Unit;
  depth: number;
  start: Step | undefined;
  end: Step | undefined;
  chart: "columns" | "streams";
  /** The step that is looked at: its column and its key. */
  walk: { column: number; key: string } | undefined;
}

export function readJourneys({ all, one }: Own): JourneysState {
  const depth = Number(one("depth"));
  const walk = all("walk")[0];
  const [column, key] = walk === undefined ? [] : parted(walk);
  const [start, end] = [all("start")[0], all("end")[0]];
  return {
    direction: known(["forward", "backward", "between"], one("direction"), "forward"),
    unit: known(["pages", "events", "both"], one("unit"), "pages"),
    depth: Number.isInteger(depth) && depth >= 2 && depth <= 10 ? depth : 5,
    start: start === undefined ? undefined : readStep(start),
    end: end === undefined ? undefined : readStep(end),
    chart: known(["columns", "streams"], one("chart"), "columns"),
    walk: key === undefined ? undefined : { column: Number(column) || 0, key },
  };
}

/** What a column is called: backwards, the first one is the end. */
export function columnName(direction: Direction, at: number): string {
  if (direction !== "backward") return `Step ${at + 1}`;
  return at === 0 ? "The end" : at === 1 ? "One step before" : `${at} steps before`;
}

/** What became of visits whose way goes no further in the direction that is looked at. */
export function stopped(direction: Direction): string {
  return direction === "backward" ? "began there" : "did nothing further";
}

/** Undefined while a step that is needed is not filled in. */
export function toAsk(base: Question, state: JourneysState): JourneysAsked | undefined {
  const { direction, unit, depth, start, end } = state;
  const from = start && isComplete(start) ? asSelector(start) : undefined;
  const to = end && isComplete(end) ? asSelector(end) : undefined;
  if (direction !== "forward" && !to) return undefined;
  if (direction === "between" && !from) return undefined;
  return {
    ...base,
    ...(direction === "forward" ? {} : { direction }),
    ...(unit === "pages" ? {} : { unit }),
    ...(depth === 5 ? {} : { depth }),
    ...(direction !== "backward" && from ? { from } : {}),
    ...(direction !== "forward" && to ? { to } : {}),
  };
}
