/** What each choice makes possible, and what it costs, in plain words. */

import type { Policy } from "../api/types";

export function daysMean(days: number): string {
  const asked = `For ${days === 1 ? "one day" : `${days} days`} staff can ask new questions of the rows: funnels, journeys, any filters. Afterwards their keys are destroyed and only counts remain.`;
  if (days < 7) return `${asked} That is less than a week, so weeks cannot be compared by new questions.`;
  if (days < 35) return `${asked} That is less than a period of five weeks, so a period cannot be asked about as a whole.`;
  return days > 35 ? `${asked} Longer than five weeks lets periods be compared, and keeps rows that could be stolen longer.` : asked;
}

export function idleMeans(months: number): string {
  return `A member who did and stated nothing for ${months === 1 ? "a month" : `${months} months`} is forgotten, as if they had asked for it: profile, likes and consents are destroyed, and so is what is left of their rows. If they come back they are a new member.`;
}

export function floorMeans(floor: number): string {
  if (floor === 1) return "Groups of one person are shown. This is for development; never use it with real visitors.";
  const base = `Nothing is said of fewer than ${floor} people. Smaller groups are counted together.`;
  if (floor < 10) return `${base} A small site sees more rows, and each of them says more about fewer people.`;
  return floor > 10 ? `${base} Fewer rows are seen, and each of them hides people better.` : base;
}

export function admissionMeans(people: number): string {
  if (people === 1) return "Every word is kept at once, also one that names somebody. This is for development.";
  return `A page, campaign or value that is neither planned nor public is stored as a template until ${people} people were seen with it. What looks like personal data is never kept, however many send it.`;
}

export const LINK_MEANS: Record<"day" | "period", string> = {
  day: "Funnels end with the day, journeys with the visit. No number outlives a day, so nobody can be followed from one to the next. Retention and lifecycle of members work all the same.",
  period:
    "Members who consent can be followed within a period of five weeks: funnels of up to 14 days, retention in any later or several intervals, conversions divided among visits, journeys across days, and on how many days of a week they are active. Everybody else still counts per day. What joins their days is a separate file with its own keys, and is dropped for everybody when the period ends.",
};

export function noiseMeans(epsilon: number | undefined): string {
  if (epsilon === undefined) return "History tells counts as they are, of enough people. Who knows all visitors of a day but one could work out what the last one did.";
  const base = "When a day, week or period becomes history, random noise is added to every count but those of the whole site, so that one visitor's day can hardly be seen in them, whatever else somebody knows. It is added once and stays.";
  if (epsilon <= 1) return `${base} This is much noise: only what many people did can be read.`;
  return epsilon >= 8 ? `${base} This is little noise, and protects little.` : `${base} Small counts become unreliable; each answer says by how much.`;
}

export function publicListsMean(open: boolean): string {
  if (open) return "Pages and anybody else may ask for similar, trending and latest items, and for a list by what they say themselves. None of them is about anybody.";
  return "Only members who are signed in, staff, and programs with a token may ask for lists. Pages show none to visitors who are not signed in.";
}

export const GPC_MEANS: Record<Policy["gpc"], string> = {
  "count-only": "Their events are counted, but belong to no visitor: they are in page views, not in people.",
  drop: "Their events are not stored at all. All numbers are a little too low.",
  ignore: "The objection changes nothing. In some countries that is not allowed.",
};

export function graceMeans(hours: number): string {
  return `Events that arrive up to ${hours === 1 ? "one hour" : `${hours} hours`} late still count with their day. Then the key of the day's visitor numbers is destroyed, and the day is closed.`;
}
