/** The step that is looked at: what comes before and after it, and journeys that begin or end there. */

import { Link } from "@tanstack/react-router";

import type { JourneysAnswer } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { writeStep } from "../parts/selectors";
import { joined } from "../view/view";
import { valueName } from "../view/words";
import { columnName, type JourneysState, stopped } from "./state";

/** Flows that touch the chosen step, by the node at their other end: `column-index`. */
export function touching(data: JourneysAnswer, walk: JourneysState["walk"]): { at: number; flows: Map<string, number | null> } | undefined {
  if (!walk) return undefined;
  const at = data.columns[walk.column]?.findIndex((node) => node.key === walk.key) ?? -1;
  if (at < 0) return undefined;
  const flows = new Map<string, number | null>();
  for (const flow of data.flows) {
    if (flow.column === walk.column && flow.from === at) flows.set(`${flow.column + 1}-${flow.to}`, flow.visits);
    if (flow.column + 1 === walk.column && flow.to === at) flows.set(`${flow.column}-${flow.from}`, flow.visits);
  }
  return { at, flows };
}

/** What a step is called. */
export function stepName(key: string, unit: JourneysState["unit"]): string {
  if (key === "(other)") return "Other steps";
  return valueName(unit === "events" || !key.startsWith("/") ? "event" : "page", key);
}

export function Chosen({ data, state }: { data: JourneysAnswer; state: JourneysState }) {
  const { view } = useScope();
  const { walk, unit } = state;
  const found = touching(data, walk);
  const node = walk && found && data.columns[walk.column]?.[found.at];
  if (!walk || !node) return null;
  const step = node.key.startsWith("/") ? { page: node.key } : { event: node.key };
  const begin = withOwn(view, { start: [writeStep(step)], end: undefined, direction: undefined, walk: undefined, via: undefined });
  const lead = withOwn(view, { end: [writeStep(step)], start: undefined, direction: "backward", walk: undefined, via: undefined });
  // Only what follows directly makes the beginning longer.
  const longer = walk.column === state.via.length && walk.column + 1 < state.depth && node.kind === "value";
  const like = withOwn(view, { via: [...state.via, node.key].map((key) => joined([key])), walk: undefined });
  return (
    <div className="chosen" role="status">
      <p>
        <strong>{stepName(node.key, unit)}</strong> as {columnName(state.direction, walk.column).toLowerCase()}: {say("visits", node.visits)} visits
        {node.visits !== null && node.dropped !== null && node.visits > 0 && <>, {say("percentage", (100 * node.dropped) / node.visits)} of them {stopped(state.direction)}</>}.
      </p>
      {node.kind === "value" && (
        <p className="chosen-links">
          {longer && (
            <Link to="." search={like}>
              {state.direction === "backward" ? "Only ways that end like this" : "Only ways that begin like this"}
            </Link>
          )}
          {!node.group && (
            <>
              <Link to="." search={begin}>
                Continue from here
              </Link>
              <Link to="." search={lead}>
                What leads here
              </Link>
            </>
          )}
          <Link to="." search={withOwn(view, { walk: undefined })}>
            Look at all
          </Link>
        </p>
      )}
    </div>
  );
}
