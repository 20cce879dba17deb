/** When a plan that learns turns strict by itself. */

import { Link } from "@tanstack/react-router";

import type { Settings } from "../api/types";
import { longDay } from "../format/date";
import { counted } from "../format/number";
import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { daysIn } from "../view/day";

export function TurnsStrict({ settings, onPlan }: { settings: Settings; onPlan: boolean }) {
  const { view, today } = useScope();
  const { plan, strict_from, admitted } = settings;
  if (plan.mode !== "learn" || !strict_from) return null;
  const days = daysIn(today, strict_from) - 1;
  const when = days <= 0 ? "with the next close" : days === 1 ? "tomorrow" : `in ${counted(days, "day", "days")}`;
  const unplanned = admitted.events.filter((name) => !plan.events[name]).length;
  return (
    <p className="notice" role="note">
      <strong>The plan turns strict on {longDay(strict_from)}, {when}.</strong> From then on what is not planned is dropped and counted
      {unplanned > 0 ? `; ${counted(unplanned, "event is", "events are")} let in so far without being planned` : ""}.{" "}
      {onPlan ? (
        "Add below what should stay. Choosing that what is not planned is dropped makes it strict at once."
      ) : (
        <Link to="." search={withOwn(view, { tab: "plan" })}>
          Look at the plan
        </Link>
      )}
    </p>
  );
}
