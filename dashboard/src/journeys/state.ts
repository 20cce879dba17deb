/** A question about ways through the site as it stands in the address. */

import type { JourneysAsked, Question } from "../api/types";
import { known, type useOwn } from "../parts/own";
import { asSelector, isComplete, readStep, type Step } from "../parts/selectors";
import { joined, parted } from "../view/view";

type Own = ReturnType<typeof useOwn>;
export type Direction = NonNullable<JourneysAsked["direction"]>;
export type Unit = NonNullable<JourneysAsked["unit"]>;

export interface PageGroup {
  name: string;
  pattern: string;
}

export const USUAL_DEPTH = 5;
export const USUAL_TOP = 8;
export const MOST_GROUPS = 20;

export interface JourneysState {
  direction: Direction;
  unit: Unit;
  depth: number;
  /** How many stops of a column are told singly. */
  top: number;
  /** Pages that are one stop together. */
  groups: PageGroup[];
  /** Keys of the stops that ways begin with. */
  via: string[];
  start: Step | undefined;
  end: Step | undefined;
  chart: "columns" | "streams";
  /** The step that is looked at: its column and its key. */
  walk: { column: number; key: string } | undefined;
}

export function readJourneys({ all, one }: Own): JourneysState {
  const [depth, top] = [Number(one("depth")), Number(one("top"))];
  const walk = all("walk")[0];
  const [column, key] = walk === undefined ? [] : parted(walk);
  const [start, end] = [all("start")[0], all("end")[0]];
  return {
    direction: known(["forward", "backward", "between"], one("direction"), "forward"),
    unit: known(["pages", "events", "both"], one("unit"), "pages"),
    depth: Number.isInteger(depth) && depth >= 2 && depth <= 10 ? depth : USUAL_DEPTH,
    top: Number.isInteger(top) && top >= 3 && top <= 20 ? top : USUAL_TOP,
    groups: all("pages").slice(0, MOST_GROUPS).map(readGroup),
    via: all("via").slice(0, 9).map((text) => parted(text)[0] ?? ""),
    start: start === undefined ? undefined : readStep(start),
    end: end === undefined ? undefined : readStep(end),
    chart: known(["columns", "streams"], one("chart"), "columns"),
    walk: key === undefined ? undefined : { column: Number(column) || 0, key },
  };
}

function readGroup(text: string): PageGroup {
  const [name = "", pattern = ""] = parted(text);
  return { name, pattern };
}

export function writeGroup({ name, pattern }: PageGroup): string {
  return joined([name, pattern]);
}

export const isMeant = ({ name, pattern }: PageGroup) => name !== "" && pattern.startsWith("/");

/** Sections of the site of which several pages are among these, and that are no group yet: `/articles/…`. */
export function sections(keys: readonly string[], groups: readonly PageGroup[]): PageGroup[] {
  const pages = new Map<string, Set<string>>();
  for (const key of keys) {
    const section = key.match(/^\/([^/]+)(?:\/.|$)/)?.[1];
    if (section) pages.set(section, (pages.get(section) ?? new Set()).add(key));
  }
  return [...pages]
    // The section's own page stays a step of its own: it is where people choose.
    .filter(([section, found]) => found.size > 1 && [...found].some((page) => page.startsWith(`/${section}/`)))
    .map(([section]) => ({ name: section.replace(/^./, (first) => first.toUpperCase()).replaceAll("-", " "), pattern: `/${section}/**` }))
    .filter((made) => !groups.some(({ name, pattern }) => name === made.name || pattern === made.pattern))
    .slice(0, MOST_GROUPS - groups.length);
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
  const { direction, unit, depth, top, via, start, end } = state;
  const groups = unit === "events" ? [] : state.groups.filter(isMeant);
  const from = start && isComplete(start) ? asSelector(start) : undefined;
  const to = end && isComplete(end) ? asSelector(end) : undefined;
  if (direction !== "forward" && !to) return undefined;
  if (direction === "between" && !from) return undefined;
  return {
    ...base,
    ...(direction === "forward" ? {} : { direction }),
    ...(unit === "pages" ? {} : { unit }),
    ...(depth === USUAL_DEPTH ? {} : { depth }),
    ...(top === USUAL_TOP ? {} : { top }),
    ...(groups.length > 0 ? { groups } : {}),
    ...(via.length > 0 && via.length < depth ? { prefix: via } : {}),
    ...(direction !== "backward" && from ? { from } : {}),
    ...(direction !== "forward" && to ? { to } : {}),
  };
}
