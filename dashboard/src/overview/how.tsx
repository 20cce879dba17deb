/** How an answer was counted, in one line. */

import type { How } from "../api/types";
import { clock } from "../format/date";

export function HowLong({ how }: { how: How }) {
  const from = how.life === "recent" ? "recent rows" : "history, which holds counts only";
  const floor = how.floor > 1 ? `Groups under ${how.floor} people are not shown` : "Groups of any size are shown";
  const rounded = how.rounded_to > 1 ? `, counts are rounded to ${how.rounded_to}` : ", counts are exact";
  return (
    <p className="how">
      People are counted per day{how.interval === "hour" && " (in the graph per hour)"}, from {from}. {floor}
      {rounded}. Includes everything received until {clock(how.fresh_as_of, how.time_zone)} ({how.time_zone}).
    </p>
  );
}

export function HowShort({ how }: { how: How }) {
  return <p className="how">{howParts(how)}</p>;
}

export function howParts(how: How): string {
  const parts = [
    how.life === "recent" ? "Recent rows" : "History",
    how.floor > 1 ? `${how.floor} people or more` : "groups of any size",
    how.rounded_to > 1 ? `rounded to ${how.rounded_to}` : "exact",
    `until ${clock(how.fresh_as_of, how.time_zone)}`,
  ];
  return parts.join(" · ");
}
