/** `/SITE/funnels`: how many go all the way, and where the others leave it. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import type { FunnelAsked } from "../api/types";
import { Plus } from "../header/icons";
import { question, useScope } from "../overview/scope";
import { useDefinitions } from "../parts/definitions";
import { Frame } from "../parts/frame";
import { useOwn, withOwn } from "../parts/own";
import { Picker } from "../parts/picker";
import { selectorName, writeStep } from "../parts/selectors";
import { Answered, Sheet } from "../parts/sheet";
import { Chart } from "./chart";
import { FunnelEditor } from "./editor";
import { Groups, OverTime, TimeToConvert } from "./more";
import { ofSaved, readFunnel, toAsk } from "./state";

export function FunnelsPage() {
  return (
    <Frame title="Funnels" about="How many go all the way from one step to the next, and where the others leave.">
      <Content />
    </Frame>
  );
}

const BLANK = [writeStep({ page: "" }), writeStep({ event: "" })];

function Content() {
  const scope = useScope();
  const own = useOwn();
  const state = readFunnel(own);
  const definitions = useDefinitions();
  const saved = Object.entries(definitions.data?.funnels ?? {});
  const asked = toAsk(question(scope), state);
  const blank = withOwn(scope.view, { ...ofSaved("", { steps: [] }), saved: undefined, step: BLANK, group: undefined, over: undefined });
  return (
    <>
      <Picker
        label="Saved funnels"
        chosen={state.saved}
        items={saved.map(([name, funnel]) => ({ name, view: withOwn(scope.view, ofSaved(name, funnel)) }))}
        fresh={state.steps.length > 0 ? { name: "New funnel", view: blank } : undefined}
      />
      {state.steps.length === 0 ? (
        <Sheet title={saved.length > 0 ? "Choose a funnel" : "No funnel yet"} className="first">
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
  const own = useOwn();
  const state = readFunnel(own);
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
