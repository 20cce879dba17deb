/** Two segments and one goal: which of them reaches it more often, and how sure that is. */

import { useAnswer } from "../api/queries";
import type { AbAnswer, AbAsked, Side } from "../api/types";
import { say } from "../format/number";
import { sentence } from "../format/text";
import { question, useScope } from "../overview/scope";
import { useDefinitions } from "../parts/definitions";
import { Choice } from "../parts/fields";
import { useOwn } from "../parts/own";
import { SelectorField } from "../parts/selector";
import { isComplete, asSelector, readStep, writeStep } from "../parts/selectors";
import { ticks } from "../parts/scale";
import { Answered, Foot, Sheet } from "../parts/sheet";
import { verdict } from "./verdict";

/** Stands for everybody: a side without conditions of its own. */
const ALL = "";

export function Compare() {
  const scope = useScope();
  const own = useOwn();
  const definitions = useDefinitions();
  const names = Object.keys(definitions.data?.segments ?? {});
  const goals = Object.keys(definitions.data?.goals ?? {});
  const told = own.all("goal")[0];
  const goal = told ? readStep(told) : { goal: goals[0] ?? "" };
  const [a, b] = [own.one("a") ?? names[0] ?? ALL, own.one("b") ?? names[1] ?? ALL];
  const side = (name: string): Side => (name === ALL ? { filters: [] } : { segment: name });
  const ready = isComplete(goal) && a !== b;
  const asked: AbAsked = { ...question(scope), goal: asSelector(goal), a: side(a), b: side(b) };
  const answer = useAnswer("ab", asked, { enabled: ready, growing: scope.growing });
  const options = [[ALL, "Everybody"] as [string, string], ...names.map((name): [string, string] => [name, name])];
  const sideName = (name: string) => (name === ALL ? "Everybody" : name);
  return (
    <Sheet title="Compare two">
      <div className="sheet-body">
        <div className="choices">
          <Choice label="One" value={a} options={options} onChange={(name) => own.put({ a: name })} />
          <Choice label="Other" value={b} options={options} onChange={(name) => own.put({ b: name })} />
        </div>
        <div className="labelled">
          <span className="choice-label">By how many reach</span>
          <SelectorField key={writeStep(goal)} label="Goal" selector={goal} onChange={(step) => own.put({ goal: [writeStep(step)] })} />
        </div>
      </div>
      {!ready && (
        <div className="state">
          <p className="state-title">{a === b ? "Two different segments are needed" : "A goal is needed"}</p>
          <p>{a === b ? "Choose another segment on one side." : "Choose an event, a page or a saved goal."}</p>
        </div>
      )}
      {ready && <Answered answer={answer}>{(data) => <Result data={data} names={[sideName(a), sideName(b)]} />}</Answered>}
      {ready && answer.data && (
        <Foot
          name="comparison"
          of="comparison"
          header={["side", "visitors", "converted", "rate", "low", "high"]}
          rows={[answer.data.a, answer.data.b].map((s, n) => [sideName(n === 0 ? a : b), s.visitors, s.converted, s.rate, s.low, s.high])}
          kind="ab"
          asked={asked}
          data={answer.data}
        />
      )}
    </Sheet>
  );
}

function Result({ data, names }: { data: AbAnswer; names: [string, string] }) {
  const sides = [data.a, data.b];
  const scale = ticks(Math.max(1, ...sides.map((side) => side.high ?? side.rate ?? 0)));
  const top = scale.at(-1) ?? 1;
  const part = (value: number) => `${Math.min(100, (100 * Math.max(0, value)) / top)}%`;
  return (
    <div className="sheet-body">
      <p className="verdict">{verdict(data, names)}</p>
      <ul className="intervals-plot" aria-label="Rates with their intervals">
        {sides.map((side, n) => (
          <li key={n}>
            <span className="spread-name">{names[n]}</span>
            <span className="interval-track" aria-hidden="true">
              {side.low !== null && side.high !== null && <span className="interval" style={{ left: part(side.low), right: `calc(100% - ${part(side.high)})` }} />}
              {side.rate !== null && <span className="interval-middle" style={{ left: part(side.rate) }} />}
            </span>
            <span className="interval-told">
              {side.rate === null ? (
                `fewer than ${data.hidden.floor} people`
              ) : (
                <>
                  <strong>{say("percentage", side.rate)}</strong>{" "}
                  <span className="quiet">
                    {say("visitors", side.converted)} of {say("visitors", side.visitors)} people
                    {side.low !== null && side.high !== null && `, between ${say("percentage", side.low)} and ${say("percentage", side.high)}`}
                  </span>
                </>
              )}
            </span>
          </li>
        ))}
        <li className="interval-scale" aria-hidden="true">
          <span />
          <span className="interval-track">
            {scale.map((tick) => (
              <span key={tick} style={{ left: part(tick) }}>
                {tick}%
              </span>
            ))}
          </span>
        </li>
      </ul>
      <details className="small">
        <summary>What this rests on</summary>
        <ul className="how-notes">
          <li>{sentence(data.test)}</li>
          {data.p_value !== null && <li>A difference like this would come by chance in {say("percentage", data.p_value * 100)} of cases (p = {data.p_value}).</li>}
          {data.assumptions.map((one) => (
            <li key={one}>{sentence(one)}</li>
          ))}
        </ul>
      </details>
    </div>
  );
}
