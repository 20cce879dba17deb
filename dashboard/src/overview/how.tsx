/** How an answer was counted, in one line. */

import type { How } from "../api/types";
import { clock, dayBefore, shortDay } from "../format/date";
import { whole } from "../format/number";

export function HowLong({ how }: { how: How }) {
  const floor = how.floor > 1 ? `Groups under ${how.floor} people are not shown` : "Groups of any size are shown";
  const hourly = how.interval === "hour" && " (in the graph per hour)";
  if (how.life === "history") {
    return (
      <p className="how">
        {historyParts(how)}. People are counted per day{hourly}. {floor}: they were left out when the counts were released.
      </p>
    );
  }
  const rounded = how.rounded_to > 1 ? `, counts are rounded to ${how.rounded_to}` : ", counts are exact";
  return (
    <p className="how">
      People are counted per day{hourly}, from recent rows. {floor}
      {rounded}. Includes everything received until {clock(how.fresh_as_of, how.time_zone)} ({how.time_zone}).
    </p>
  );
}

export function HowShort({ how }: { how: How }) {
  return <p className="how">{howParts(how)}</p>;
}

export function howParts(how: How): string {
  if (how.life === "history") return historyParts(how);
  const parts = [
    "Recent rows",
    how.floor > 1 ? `${how.floor} people or more` : "groups of any size",
    how.rounded_to > 1 ? `rounded to ${how.rounded_to}` : "exact",
    `until ${clock(how.fresh_as_of, how.time_zone)}`,
  ];
  return parts.join(" · ");
}

/** How exact counts are: noise was added once, so that asking again does not make it smaller. */
export function precision(how: How): string {
  const error = how.noise?.standard_error.visitors ?? how.noise?.standard_error.events;
  if (error !== undefined) return `with noise of about ±${whole(Math.ceil(error))}`;
  return how.rounded_to > 1 ? `rounded to ${how.rounded_to}` : "exact";
}

/** Counts that were released at the end of their day do not change, so the last such day says how fresh they are. */
function historyParts(how: How): string {
  const exact = precision(how);
  return `From history: released counts, ${exact}, up to ${shortDay(dayBefore(how.fresh_as_of, how.time_zone))}`;
}
