/** `/SITE/journeys`: the ways people take through the site, and what their visits are like. */

import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import { question, useScope } from "../overview/scope";
import { NoData, State } from "../overview/states";
import { Frame } from "../parts/frame";
import { useOwn, withOwn } from "../parts/own";
import { Picker } from "../parts/picker";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { say } from "../format/number";
import { Columns } from "./columns";
import { JourneysEditor } from "./editor";
import { Paths } from "./paths";
import { Prefix } from "./prefix";
import { readJourneys, toAsk } from "./state";
import { Streams } from "./streams";
import { Visits } from "./visits";

export function JourneysPage() {
  return (
    <Frame title="Journeys" about="Which ways people take from page to page, and where they stop.">
      <Content />
    </Frame>
  );
}

function Content() {
  const scope = useScope();
  const own = useOwn();
  const state = readJourneys(own);
  const asked = toAsk(question(scope), state);
  const answer = useAnswer("journeys", asked ?? question(scope), { enabled: asked !== undefined, growing: scope.growing });
  const keys = (asked ? (answer.data?.columns.flat() ?? []) : []).filter((node) => node.kind === "value" && !node.group).map((node) => node.key);
  const wrong = answer.error instanceof ApiError && answer.error.status === 400 ? answer.error : undefined;
  const views = [
    { name: "Columns", view: withOwn(scope.view, { chart: undefined }) },
    { name: "Streams", view: withOwn(scope.view, { chart: "streams" }) },
  ];
  return (
    <>
      <JourneysEditor state={state} keys={keys} wrong={wrong} />
      <Sheet title={title(state.direction)} aside={<Picker label="View of the journeys" chosen={state.chart === "columns" ? "Columns" : "Streams"} items={views} />}>
        {!asked && (
          <div className="state">
            <p className="state-title">A step is missing</p>
            <p>{state.direction === "between" ? "Say above where the journeys begin and where they end." : "Say above where the journeys lead."}</p>
          </div>
        )}
        {asked && (
          <Answered answer={answer} ghosts={8}>
            {(data) =>
              data.columns.length === 0 ? (
                <>
                  <Prefix state={state} />
                  {state.via.length > 0 ? <TooFew floor={data.hidden.floor} /> : <NoData what="journeys" />}
                </>
              ) : (
                <>
                  <Prefix state={state} />
                  <p className="sheet-line">
                    <strong>{say("visits", data.visits)}</strong> visits. Choose a step to see what comes before and after it.
                  </p>
                  {state.chart === "columns" ? <Columns data={data} state={state} /> : <Streams data={data} state={state} />}
                  <Hidden data={data} what="steps" />
                  <Foot
                    name="journeys"
                    of="journeys"
                    header={["step", "key", "visits", "dropped"]}
                    rows={data.columns.flatMap((column, n) => column.map((node) => [n + 1, node.key, node.visits, node.dropped]))}
                    kind="journeys"
                    asked={asked}
                    data={data}
                  />
                </>
              )
            }
          </Answered>
        )}
      </Sheet>
      {asked && answer.data && <Paths data={answer.data} asked={asked} unit={state.unit} />}
      <Visits />
    </>
  );
}

function TooFew({ floor }: { floor: number }) {
  return (
    <State title={`Hidden: fewer than ${floor} people`} className="hatched">
      <p>Nobody, or too few, went this way. Fewer common stops, or pages counted as one step, tell more.</p>
    </State>
  );
}

function title(direction: string): string {
  return { forward: "Where they go", backward: "What leads there", between: "Ways between the two" }[direction] ?? "Journeys";
}
