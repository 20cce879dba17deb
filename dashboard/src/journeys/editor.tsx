/** Where journeys begin or end, and what counts as a step. */

import { Button } from "@mantine/core";

import type { ApiError } from "../api/client";
import { Choice } from "../parts/fields";
import { useOwn } from "../parts/own";
import { SelectorField } from "../parts/selector";
import { type Step, writeStep } from "../parts/selectors";
import { PageGroups } from "./groups";
import { type Direction, type JourneysState, type Unit, USUAL_DEPTH, USUAL_TOP } from "./state";

const DIRECTIONS: readonly (readonly [Direction, string])[] = [
  ["forward", "From a step onwards"],
  ["backward", "Towards a step"],
  ["between", "Between two steps"],
];
const UNITS: readonly (readonly [Unit, string])[] = [
  ["pages", "Pages"],
  ["events", "Events"],
  ["both", "Pages and events"],
];
const TOPS = [3, 5, 8, 12, 20].map((n): [string, string] => [String(n), `${n} in a column`]);
const DEPTHS = [2, 3, 4, 5, 6, 8, 10].map((n): [string, string] => [String(n), `${n} steps`]);

interface Props {
  state: JourneysState;
  /** What the answer's steps are called, for suggestions. */
  keys: string[];
  wrong: ApiError | undefined;
}

export function JourneysEditor({ state, keys, wrong }: Props) {
  const own = useOwn();
  const { direction, unit, depth, start, end } = state;
  const put = (key: "start" | "end", step: Step | undefined) => own.put({ [key]: step && [writeStep(step)], walk: undefined, via: undefined });
  return (
    <section className="sheet product" aria-label="Which journeys">
      <div className="sheet-body editor-body">
        <div className="choices">
          <Choice label="Journeys" value={direction} options={DIRECTIONS} onChange={(way) => own.put({ direction: way === "forward" ? undefined : way, walk: undefined, via: undefined })} />
          <Choice label="Steps are" value={unit} options={UNITS} onChange={(of) => own.put({ unit: of === "pages" ? undefined : of, walk: undefined, via: undefined })} />
          <Choice label="As far as" value={String(depth)} options={DEPTHS} onChange={(n) => own.put({ depth: n === String(USUAL_DEPTH) ? undefined : n })} />
          <Choice label="Told singly" value={String(state.top)} options={TOPS} onChange={(n) => own.put({ top: n === String(USUAL_TOP) ? undefined : n })} />
        </div>
        {direction !== "backward" && (
          <div className="labelled">
            <span className="choice-label">{direction === "forward" ? "Begin with (the first step of a visit, unless chosen)" : "Begin with"}</span>
            <div className="labelled-line">
              <SelectorField key={start && writeStep(start)} label="Begin with" selector={start ?? { page: "" }} onChange={(step) => put("start", step)} />
              {start && direction === "forward" && (
                <Button variant="subtle" size="compact-sm" className="quiet-button" onClick={() => put("start", undefined)}>
                  Begin with the visit
                </Button>
              )}
            </div>
          </div>
        )}
        {direction !== "forward" && (
          <div className="labelled">
            <span className="choice-label">End with</span>
            <SelectorField key={end && writeStep(end)} label="End with" selector={end ?? { page: "" }} onChange={(step) => put("end", step)} />
          </div>
        )}
        {unit !== "events" && <PageGroups state={state} keys={keys} wrong={wrong} />}
      </div>
    </section>
  );
}
