/** What became of a placement's variants: who saw and who clicked, beside the control. */

import { whole } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Answered } from "../parts/sheet";
import { useCompared } from "./calls";
import type { Compared } from "./shapes";
import { percent } from "./words";

const DAYS = 14;
const TESTS = { two_proportion_z: "a z test of two proportions", fisher_exact: "Fisher’s exact test" };

export function Did({ name }: { name: string }) {
  const { site } = useScope();
  const answer = useCompared(site.site, name, DAYS);
  return (
    <Answered answer={answer} ghosts={2}>
      {(report) => <Told report={report} />}
    </Answered>
  );
}

/** How it was tested, if it was. */
function testText(variants: Compared["variants"]): string {
  const tests = new Set(variants.flatMap(({ beside_control: beside }) => (beside ? [TESTS[beside.test]] : [])));
  return tests.size === 0 ? "" : `Differences have Newcombe’s interval, p is of ${[...tests].join(" or ")}. `;
}

function Told({ report: { placement, variants, how } }: { report: Compared }) {
  if (variants.every(({ saw, clicked }) => saw === null && clicked === null))
    return <p className="quiet small measured">Nothing is counted yet, or too few people saw it. {sentence(how.replaceAll(/`([^`]*)`/g, "“$1”"))}</p>;
  return (
    <>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`What ${placement} did in the last ${DAYS} days`}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Variant</th>
              {["Saw it", "Clicked", "Rate", "Lift", "Difference, 95 %", "p"].map((column) => (
                <th key={column} scope="col" className="numeric">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {variants.map(({ name, saw, clicked, beside_control: beside }, at) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{saw === null ? "–" : whole(saw)}</td>
                <td>{clicked === null ? "–" : whole(clicked)}</td>
                <td>{saw === null || clicked === null || saw === 0 ? "–" : percent(clicked / saw)}</td>
                <td>{at === 0 ? "control" : percent(beside?.lift, true)}</td>
                <td>{beside ? `${percent(beside.difference_95[0], true)} to ${percent(beside.difference_95[1], true)}` : "–"}</td>
                <td>{beside ? (beside.p_value < 0.001 ? "< 0.001" : beside.p_value.toFixed(3)) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {variants.some((variant) => variant.not_compared) && <p className="quiet small">{sentence(variants.find((variant) => variant.not_compared)?.not_compared ?? "")}</p>}
      <p className="quiet small measured">Last {DAYS} days. {testText(variants)}{sentence(how.replaceAll(/`([^`]*)`/g, "“$1”"))}</p>
    </>
  );
}
