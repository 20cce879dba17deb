/** What the features' numbers say, in words: which is wide, which grows, which leads to a goal, where to look next. */

import type { FeatureRow, Value } from "../api/types";
import { say } from "../format/number";

/** Of a feature's people: how many reach the goal on the same day, and how many times as often as all people. */
export interface Worth {
  reach: Value;
  times: Value;
  /** One of its own events is the goal, so there is nothing to compare. */
  itself?: boolean;
}

export interface Growth {
  /** In percent. */
  by: number;
  against: string;
}

/** Less than this is called level. */
const LEVEL = 5;
/** A lead that is said to be one. */
const CLEAR_LEAD = 1.2;

/** How the number of people moves: against the period before, else the later half of the period against the earlier. */
export function growth(row: FeatureRow, options: { weekly: boolean; running: boolean }): Growth | undefined {
  const before = row.previous?.visitors;
  if (row.visitors !== null && before !== null && before !== undefined && before > 0) {
    return { by: (100 * (row.visitors - before)) / before, against: "the period before" };
  }
  const trend = options.running ? row.trend.slice(0, -1) : row.trend;
  // Whole weeks, so that weekends are on both sides.
  const half = options.weekly ? Math.floor(trend.length / 14) * 7 : Math.floor(trend.length / 2);
  if (half < 2) return undefined;
  const sum = (list: Value[]) => list.reduce<Value>((all, value) => (all === null || value === null ? null : all + value), 0);
  const [earlier, later] = [sum(trend.slice(-2 * half, -half)), sum(trend.slice(-half))];
  if (earlier === null || later === null || earlier === 0) return undefined;
  return { by: (100 * (later - earlier)) / earlier, against: options.weekly ? `the ${half} days before` : "the earlier half" };
}

function median(values: Value[]): number | undefined {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length === 0 ? undefined : known[Math.floor((known.length - 1) / 2)];
}

/** Where each feature stands among the others, in a few words; nothing where there are too few to compare. */
export function readings(rows: readonly FeatureRow[]): Map<string, string> {
  const found = new Map<string, string>();
  const [adoption, repeat] = [median(rows.map((row) => row.adoption)), median(rows.map((row) => row.repeat_rate))];
  if (rows.length < 3 || adoption === undefined || repeat === undefined) return found;
  for (const row of rows) {
    if (row.adoption === null || row.repeat_rate === null) continue;
    const [wide, again] = [row.adoption > adoption, row.repeat_rate > repeat];
    found.set(row.feature, wide ? (again ? "many use it, and again" : "many use it, seldom again") : again ? "few use it, but again" : "few use it, seldom again");
  }
  return found;
}

const largest = <T>(list: readonly T[], of: (one: T) => Value | undefined): T | undefined =>
  list.reduce<T | undefined>((best, one) => {
    const value = of(one);
    if (value === null || value === undefined) return best;
    const now = best === undefined ? undefined : of(best);
    return now === null || now === undefined || value > now ? one : best;
  }, undefined);

export interface Said {
  about: string;
  feature: string;
  text: string;
}

interface Given {
  rows: readonly FeatureRow[];
  worth: ReadonlyMap<string, Worth>;
  growths: ReadonlyMap<string, Growth>;
  goal: string | undefined;
}

export const factor = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
const times = (value: number) => `${factor(value)} times`;

/** At most four sentences, each about one feature; the last one is where a month of work may be worth most. */
export function glance({ rows, worth, growths, goal }: Given): Said[] {
  if (rows.length < 2) return [];
  const said: Said[] = [];
  const widest = largest(rows, (row) => row.adoption);
  if (widest) said.push({ about: "Used by most", feature: widest.feature, text: `${say("percentage", widest.adoption)} of all people` });
  const moved = largest(rows, (row) => Math.abs(growths.get(row.feature)?.by ?? 0));
  const by = moved && growths.get(moved.feature);
  if (moved && by && Math.abs(by.by) >= LEVEL) {
    const up = by.by > 0;
    said.push({ about: up ? "Grows most" : "Shrinks most", feature: moved.feature, text: `${up ? "↑" : "↓"} ${say("percentage", Math.abs(by.by))} against ${by.against}` });
  }
  const leads = (row: FeatureRow) => (worth.get(row.feature)?.itself ? undefined : worth.get(row.feature)?.times);
  const leader = largest(rows, leads);
  const lead = leader && worth.get(leader.feature);
  if (leader && lead?.times && goal && lead.times >= CLEAR_LEAD) {
    said.push({ about: `Goes with “${goal}”`, feature: leader.feature, text: `${say("percentage", lead.reach)} of its people reach it the same day, ${times(lead.times)} as often as all people` });
  }
  const next = worthMost(rows, leads);
  if (next) said.push(next);
  return said;
}

/** Few use it, and those who do reach the goal more often, or use it again. */
function worthMost(rows: readonly FeatureRow[], leads: (row: FeatureRow) => Value | undefined): Said | undefined {
  const middle = median(rows.map((row) => row.adoption));
  if (rows.length < 3 || middle === undefined) return undefined;
  const few = rows.filter((row) => row.adoption !== null && row.adoption <= middle);
  const leader = largest(few, leads);
  const lead = leader && leads(leader);
  const about = "Worth a look next";
  if (leader && lead && lead >= CLEAR_LEAD) {
    return { about, feature: leader.feature, text: `only ${say("percentage", leader.adoption)} use it, and those reach the goal ${times(lead)} as often: see whether more would if they found it` };
  }
  const kept = largest(few, (row) => row.repeat_rate);
  if (!kept?.repeat_rate) return undefined;
  return { about, feature: kept.feature, text: `only ${say("percentage", kept.adoption)} use it, but ${say("percentage", kept.repeat_rate)} of those use it again: see whether more would if they found it` };
}
