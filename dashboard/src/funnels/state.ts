/** A funnel as it stands in the address. */

import type { Funnel, FunnelAsked, FunnelOrder, Interval, Question } from "../api/types";
import { joined, parted } from "../view/view";
import { known, type useOwn } from "../parts/own";
import { asSelector, isComplete, readStep, type Step, writeStep } from "../parts/selectors";

export const MOST_STEPS = 12;
export const ORDERS: readonly (readonly [FunnelOrder, string])[] = [
  ["ordered", "In this order"],
  ["strict", "In this order, nothing between"],
  ["any", "In any order"],
  ["first_touch", "From the first time"],
];
export const DAY_S = 86_400;
export const WINDOWS: readonly (readonly [string, string])[] = [
  ["300", "5 minutes"],
  ["900", "15 minutes"],
  ["1800", "30 minutes"],
  ["3600", "1 hour"],
  ["14400", "4 hours"],
  [String(DAY_S), "1 day"],
  // Only who may be followed fits into more than a day; where nobody is, the answer says so.
  [String(7 * DAY_S), "7 days, of linked members"],
  [String(14 * DAY_S), "14 days, of linked members"],
];

/** Something that must not happen between two steps; places begin at 0. */
export interface Exclusion {
  step: Step;
  after: number;
  before: number;
}

export interface FunnelState {
  saved: string | undefined;
  steps: Step[];
  exclusions: Exclusion[];
  order: FunnelOrder;
  window_s: number;
  hold: string;
  group: string;
  /** Empty: what suits the period. */
  over: Interval | "none" | "";
}

type Own = ReturnType<typeof useOwn>;

export function readFunnel({ all, one }: Own): FunnelState {
  const window_s = Number(one("window"));
  return {
    saved: one("saved"),
    steps: all("step").slice(0, MOST_STEPS).map(readStep),
    exclusions: all("exclude").map(readExclusion),
    order: known(ORDERS.map(([order]) => order), one("order"), "ordered"),
    window_s: Number.isInteger(window_s) && window_s >= 1 ? window_s : DAY_S,
    hold: one("hold") ?? "",
    group: one("group") ?? "",
    over: known(["", "none", "hour", "day", "week", "month"], one("over"), ""),
  };
}

function readExclusion(text: string): Exclusion {
  const [after, before, ...rest] = parted(text);
  const place = (told: string | undefined) => (Number.isInteger(Number(told)) ? Math.max(0, Number(told)) : 0);
  return { after: place(after), before: place(before), step: readStep(joined(rest)) };
}

export function writeExclusion({ after, before, step }: Exclusion): string {
  return `${after},${before},${writeStep(step)}`;
}

/** The address of a saved funnel. */
export function ofSaved(name: string, funnel: Funnel) {
  return {
    saved: name,
    step: funnel.steps.map(writeStep),
    order: funnel.order && funnel.order !== "ordered" ? funnel.order : undefined,
    window: funnel.window_s && funnel.window_s !== DAY_S ? String(funnel.window_s) : undefined,
    exclude: (funnel.exclude ?? []).map(({ after, before, ...step }) => writeExclusion({ after, before, step })),
    hold: funnel.hold,
    group: funnel.group,
  };
}

/** What is saved: everything but period, filters and interval. */
export function toSave(state: FunnelState): Funnel {
  const { steps, order, window_s, hold, group } = state;
  const exclude = exclusions(state);
  return {
    steps,
    ...(order === "ordered" ? {} : { order }),
    ...(window_s === DAY_S ? {} : { window_s }),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(hold ? { hold } : {}),
    ...(group ? { group } : {}),
  };
}

/** Exclusions that are filled in and lie between steps that there are. */
function exclusions({ exclusions, steps }: FunnelState): NonNullable<FunnelAsked["exclude"]> {
  return exclusions
    .filter(({ step, after, before }) => isComplete(step) && after < before && before < steps.length)
    .map(({ step, after, before }) => ({ ...asSelector(step), after, before }));
}

/** Undefined while a step is not filled in. */
export function toAsk(base: Question, state: FunnelState): FunnelAsked | undefined {
  if (state.steps.length < 2 || !state.steps.every(isComplete)) return undefined;
  return { ...base, ...toSave(state), ...(state.over && state.over !== "none" ? { over_time: state.over } : {}) };
}
