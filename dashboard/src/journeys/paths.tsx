/** The most common ways, each as a whole. */

import type { JourneysAnswer, JourneysAsked } from "../api/types";
import { say } from "../format/number";
import { Foot, Sheet } from "../parts/sheet";
import { stepName } from "./chosen";
import type { Unit } from "./state";

export function Paths({ data, asked, unit }: { data: JourneysAnswer; asked: JourneysAsked; unit: Unit }) {
  if (data.paths.length === 0) return null;
  return (
    <Sheet title="Most common ways">
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Most common ways">
        <table className="table words">
          <thead>
            <tr>
              <th scope="col">Way</th>
              <th scope="col" className="numeric">
                Visits
              </th>
            </tr>
          </thead>
          <tbody>
            {data.paths.map((path) => (
              <tr key={path.steps.join(" ")}>
                <th scope="row">{path.steps.map((key) => stepName(key, unit)).join(" → ")}</th>
                <td className="numeric">{say("visits", path.visits)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Foot name="paths" of="most common ways" header={["way", "visits"]} rows={data.paths.map((path) => [path.steps.join(" > "), path.visits])} kind="journeys" asked={asked} data={data} />
    </Sheet>
  );
}
