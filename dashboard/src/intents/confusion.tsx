/** Which examples were taken for which intent, each by a model that had not seen it. */

import type { Confused, Intents } from "../api/types";
import { counted, whole } from "../format/number";
import { Sheet } from "../parts/sheet";
import { State } from "../overview/states";

/** Intents that get a column of their own; of more the table would tell nothing. */
const MOST_COLUMNS = 30;

export function Confusion({ told: { confusion, answers, version } }: { told: Intents }) {
  if (confusion.length === 0) {
    return (
      <Sheet title="How well they are told apart">
        <State title="Not known yet">
          <p>Once two or more intents are learnt, it says here which of their examples were taken for which.</p>
        </State>
      </Sheet>
    );
  }
  const all = sum(confusion);
  const wrong = sum(confusion.filter(({ intent, told }) => told !== undefined && told !== intent));
  const out = sum(confusion.filter(({ told }) => told === undefined));
  const names = [...new Set(confusion.map(({ intent }) => intent))];
  return (
    <Sheet title="How well they are told apart">
      <div className="sheet-body">
        <p>
          Every example was left out once and told by what was learnt of the others: of {counted(all, "example", "examples")}, {whole(all - wrong - out)} were right, {whole(wrong)} were taken for another intent, {whole(out)} for none.{" "}
          {answers !== undefined && answers !== version ? "These are the intents before the last change." : ""}
        </p>
        {names.length > MOST_COLUMNS && <p className="quiet">There are too many intents for a table; here are those that were taken for another one.</p>}
      </div>
      {names.length > MOST_COLUMNS ? <Mistakes confusion={confusion} /> : <Matrix confusion={confusion} names={names} />}
    </Sheet>
  );
}

function sum(of: Confused[]): number {
  return of.reduce((total, { examples }) => total + examples, 0);
}

function Matrix({ confusion, names }: { confusion: Confused[]; names: string[] }) {
  const cell = (intent: string, told: string | undefined) => sum(confusion.filter((one) => one.intent === intent && one.told === told));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Examples by what they were told to be">
      <table className="table spaced">
        <thead>
          <tr>
            <th scope="col">Examples of</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">none</th>
          </tr>
        </thead>
        <tbody>
          {names.map((intent) => (
            <tr key={intent}>
              <th scope="row">{intent}</th>
              {[...names, undefined].map((told) => {
                const count = cell(intent, told);
                const kind = count === 0 ? "none" : told === intent ? "right" : "wrong";
                return (
                  <td key={told ?? ""} data-confused={kind}>
                    {count === 0 ? "·" : whole(count)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Mistakes({ confusion }: { confusion: Confused[] }) {
  const mistakes = confusion.filter(({ intent, told }) => told !== intent).sort((a, b) => b.examples - a.examples);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Examples that were taken for another intent">
      <table className="table words spaced">
        <thead>
          <tr>
            <th scope="col">Examples of</th>
            <th scope="col">Taken for</th>
            <th scope="col" className="numeric">
              How many
            </th>
          </tr>
        </thead>
        <tbody>
          {mistakes.slice(0, 100).map(({ intent, told, examples }) => (
            <tr key={`${intent} ${told ?? ""}`}>
              <th scope="row">{intent}</th>
              <td>{told ?? "none"}</td>
              <td className="numeric">{whole(examples)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
