/** `/SITE/funnels`: how many go all the way, and where the others leave it. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import type { FunnelAsked } from "../api/types";
import { Plus } from "../header/icons";
import { question, useScope } from "../overview/scope";
import { GhostRows } from "../overview/states";
import { useDefinitions } from "../parts/definitions";
import { Frame } from "../parts/frame";
import { useOwn, withOwn } from "../parts/own";
import { Picker } from "../parts/picker";
import { selectorName, writeStep } from "../parts/selectors";
import { Answered, Sheet } from "../parts/sheet";
import { Chart } from "./chart";
import { FunnelEditor } from "./editor";
import { Groups, OverTime, TimeToConvert } from "./more";
import { type FunnelState, ofSaved, readFunnel, toAsk } from "./state";

export function FunnelsPage() {
  return (
    <Frame title="Funnels" about="How many go all the way from one step to the next, and where the others leave.">
      <Content />
    </Frame>
  );
}

/** The funnel of the address, over time as it suits the period unless the address says otherwise. */
function useFunnel(): FunnelState {
  const { intervals, interval } = useScope();
  const state = readFunnel(useOwn());
  // Few people go all the way on a single day, and fewer than the floor leave a gap.
  const suits = interval === "day" && intervals.includes("week") ? "week" : interval;
  return { ...state, over: state.over === "" ? suits : state.over };
}

const BLANK = [writeStep({ page: "" }), writeStep({ event: "" })];

function Content() {
  const scope = useScope();
  const own = useOwn();
  const state = useFunnel();
  const definitions = useDefinitions();
  const saved = Object.entries(definitions.data?.funnels ?? {});
  const asked = toAsk(question(scope), state);
  // An address that says nothing means the first of what was saved.
  const first = state.steps.length === 0 && scope.view.own === undefined ? saved[0] : undefined;
  useEffect(() => {
    if (first) own.put(ofSaved(...first), true);
  }, [first?.[0]]);
  const blank = withOwn(scope.view, { ...ofSaved("", { steps: [] }), saved: undefined, step: BLANK, group: undefined, over: undefined });
  return (
    <>
      <Picker
        label="Saved funnels"
        chosen={state.saved}
        items={saved.map(([name, funnel]) => ({ name, view: withOwn(scope.view, ofSaved(name, funnel)) }))}
        fresh={state.steps.length > 0 ? { name: "New funnel", view: blank } : undefined}
      />
      {first ? (
        <Sheet title={first[0]}>
          <div aria-busy="true">
            <GhostRows count={7} />
          </div>
        </Sheet>
      ) : state.steps.length === 0 ? (
        <Sheet title={definitions.data && saved.length === 0 ? "No funnel yet" : "Choose a funnel"} className="first">
          <Answered answer={definitions}>
            {({ funnels }) => (
              <div className="sheet-body">
                {Object.keys(funnels).length === 0 && (
                  <p>A funnel is a row of steps, such as a search, an item, a reservation. Pages, events and goals can be steps.</p>
                )}
                <ul className="saved-list">
                  {Object.entries(funnels).map(([name, funnel]) => (
                    <li key={name}>
                      <Link to="." search={withOwn(scope.view, ofSaved(name, funnel))}>
                        {name}
                      </Link>
                      <span className="quiet">{funnel.steps.map(selectorName).join(" → ")}</span>
                    </li>
                  ))}
                </ul>
                <Button leftSection={<Plus />} onClick={() => own.put({ step: BLANK, saved: undefined })}>
                  New funnel
                </Button>
              </div>
            )}
          </Answered>
        </Sheet>
      ) : (
        <Shown asked={asked} />
      )}
    </>
  );
}

function Shown({ asked }: { asked: FunnelAsked | undefined }) {
  const scope = useScope();
  const state = useFunnel();
  // What is asked for while a step is being filled in is not sent.
  const waiting = { ...question(scope), steps: [] };
  const answer = useAnswer("funnel", asked ?? waiting, { enabled: asked !== undefined, growing: scope.growing });
  const wrong = answer.error instanceof ApiError && answer.error.status === 400 ? answer.error : undefined;
  return (
    <>
      <FunnelEditor state={state} wrong={wrong} />
      {!asked && (
        <section className="sheet product">
          <div className="state">
            <p className="state-title">Two steps or more are needed</p>
            <p>Fill in each step above; the numbers follow at once.</p>
          </div>
        </section>
      )}
      {asked && (
        <Sheet title={state.saved ?? "This funnel"} className="funnel-sheet">
          <Answered answer={answer} ghosts={7}>
            {(data) => <Chart data={data} asked={asked} />}
          </Answered>
        </Sheet>
      )}
      {asked && answer.data && (
        <>
          <div className="columns">
            <TimeToConvert data={answer.data} asked={asked} />
            <OverTime data={answer.data} asked={asked} over={state.over} />
          </div>
          <Groups data={answer.data} asked={asked} group={state.group} />
        </>
      )}
    </>
  );
}
