/** Which sources, pages or campaigns a goal is owed to, by four ways of sharing it out. */

import { useAnswer } from "../api/queries";
import type { AttributionAsked } from "../api/types";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { Bars } from "../parts/bars";
import { By, Choice } from "../parts/fields";
import { useDefinitions } from "../parts/definitions";
import { known, useOwn } from "../parts/own";
import { readStep, selectorName, writeStep } from "../parts/selectors";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { dimensionName, valueName } from "../view/words";

const MODELS: readonly (readonly [AttributionAsked["model"], string])[] = [
  ["last", "To the last one"],
  ["first", "To the first one"],
  ["linear", "To all equally"],
  ["position", "Most to first and last"],
];
const OF = ["source", "channel", "referrer", "entry_page", "utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term"];

export function Attribution() {
  const scope = useScope();
  const own = useOwn();
  const definitions = useDefinitions();
  const names = Object.keys(definitions.data?.goals ?? {});
  const told = own.all("goal")[0];
  const goal = told ? readStep(told) : names[0] ? { goal: names[0] } : undefined;
  const dimension = known(OF, own.one("by"), "source");
  const model = known(MODELS.map(([name]) => name), own.one("model"), "last");
  const asked: AttributionAsked = { ...question(scope), goal: goal ?? {}, dimension, model };
  const answer = useAnswer("attribution", asked, { enabled: goal !== undefined, growing: scope.growing });
  if (!goal) return null;
  const chosen = writeStep(goal);
  const goals = names.map((name): [string, string] => [writeStep({ goal: name }), name]);
  const options = goals.some(([text]) => text === chosen) ? goals : [[chosen, selectorName(goal)] as [string, string], ...goals];
  return (
    <div id="attribution" className="anchor">
      <Sheet title="What brought them">
        <div className="sheet-body">
          <div className="choices">
            <Choice label="Goal" value={chosen} options={options} onChange={(text) => own.put({ goal: [text] })} />
            <By label="Owed to" value={dimension} of={OF} onChange={(by) => own.put({ by: by === "source" ? undefined : by })} />
            <Choice label="Shared out" value={model} options={MODELS} onChange={(name) => own.put({ model: name === "last" ? undefined : name })} />
          </div>
        </div>
        <Answered answer={answer}>
          {(data) => {
            const rows = data.rows.filter((row) => row.kind !== "other");
            if (rows.length === 0 && data.hidden.groups > 0) return <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="groups" />;
            if (rows.length === 0) return <NoData what="people who reached this goal" />;
            return (
              <>
                <Bars
                  label={dimensionName(dimension)}
                  columns={["Conversions", "Share"]}
                  rows={rows.map((row) => ({ key: `${row.kind}${row.key}`, name: valueName(dimension, row.key), odd: row.kind !== "value", size: row.conversions, cells: [say("visitors", row.conversions), say("percentage", row.share)] }))}
                />
                <Hidden data={data} what="groups" />
                <Foot name="attribution" of="attribution" header={[dimension, "conversions", "share"]} rows={data.rows.map((r) => [r.key, r.conversions, r.share])} kind="attribution" asked={asked} data={data} />
              </>
            );
          }}
        </Answered>
      </Sheet>
    </div>
  );
}
