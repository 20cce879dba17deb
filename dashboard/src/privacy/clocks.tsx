/** When what is held goes, as facts. */

import type { ReactNode } from "react";

import type { Privacy } from "../api/types";
import { dayRange, longDay } from "../format/date";
import { counted, whole } from "../format/number";

export function Clocks({ held }: { held: Privacy }) {
  return (
    <div className="sheet-body">
      <dl className="facts">
        <Fact name="Members">{members(held.members)}</Fact>
        <Fact name="Rows">{rows(held)}</Fact>
        <Fact name="Joined">{joined(held)}</Fact>
        <Fact name="Counts">
          {held.history ? `${dayRange(held.history[0], held.history[1])}, as counts over at least ${held.floor} people; no row and no number of anybody.` : "No day has become counts yet."}
        </Fact>
      </dl>
    </div>
  );
}

function members(about: number | null): string {
  return about === null ? "Fewer than ten have a profile." : `At least ${whole(about)} have a profile, told in steps of ten. Each lies under a key of its own.`;
}

function rows({ recent_days, oldest_row_day: oldest, oldest_rows_go: go }: Privacy): string {
  const kept = `Kept ${counted(recent_days, "day", "days")}, encrypted and without an identifier.`;
  return oldest && go ? `${kept} The oldest are of ${longDay(oldest)}; their keys are destroyed on ${longDay(go)}.` : `${kept} There are none now.`;
}

function joined({ link, period }: Privacy): string {
  if (link === "day") return "Nothing beyond a day: no number of anybody outlives it.";
  return `Days of members who agreed, within a period of five weeks. The present one is ${dayRange(period[0], period[1])}; after it the links are dropped for everybody.`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
