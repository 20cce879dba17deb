/** How well lists find what members like: the model that is served, and what was measured with each batch. */

import type { ReactNode } from "react";

import { whole } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import Lines, { Sample } from "../parts/lines";
import { Answered, Sheet } from "../parts/sheet";
import { useLearning } from "./calls";
import type { Batch, Learning as Told } from "./shapes";
import { percent, TIERS } from "./words";

export function Learning() {
  const { site } = useScope();
  const answer = useLearning(site.site);
  return (
    <Sheet title="Quality">
      <Answered answer={answer} ghosts={6}>
        {(told) => (
          <>
            <Facts told={told} />
            <Course batches={told.batches} />
          </>
        )}
      </Answered>
    </Sheet>
  );
}

function Facts({ told: { model, memory, counts, similar, waiting } }: { told: Told }) {
  return (
    <div className="sheet-body">
      <dl className="facts">
        <Fact name="Lists are made">
          {TIERS[model.tier]}: {model.because}.
        </Fact>
        <Fact name="Learnt from">
          {counts.members === 0 ? "Fewer than ten members" : `About ${whole(counts.members)} members`}
          {counts.active_members > 0 && `, ${whole(counts.active_members)} of them with three items and more`}
        </Fact>
        <Fact name="Similar items">{similar.items === 0 ? "By tags only: no pair of items has enough members yet" : `Published for ${whole(similar.items)} items; tags fill up`}</Fact>
        <Fact name="Memory of a batch">
          At most {whole(memory.limit_mib)} MiB to invert {whole(memory.most_rows)} rows{memory.taken_mib > 0 && `; this model took ${whole(memory.taken_mib)}`}
        </Fact>
        <Fact name="Next batch">{waitingText(waiting)}</Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function waitingText({ changed_members, forgetting_hours_left, catalogue_changed }: Told["waiting"]): string {
  const parts = [
    changed_members > 0 && `about ${whole(changed_members)} members changed something`,
    forgetting_hours_left !== null && `somebody was forgotten: done within ${whole(forgetting_hours_left)} hours`,
    catalogue_changed && "the catalogue has changed",
  ].filter((part) => part !== false);
  return parts.length === 0 ? "Nothing waits." : sentence(parts.join("; "));
}

const COURSES: readonly (readonly [keyof Batch & ("recall_20" | "ndcg_100" | "coverage_20" | "popularity_ndcg_100"), string])[] = [
  ["recall_20", "Recall of 20"],
  ["ndcg_100", "NDCG of 100"],
  ["popularity_ndcg_100", "NDCG by popularity alone"],
  ["coverage_20", "Items that reach somebody’s first 20"],
];

const day = (batch: Batch) => new Date(batch.at_ms).toISOString().slice(0, 10);

/** The last batch of each day. */
export function byDay(batches: Batch[]): [string, Batch][] {
  return [...new Map(batches.map((batch) => [day(batch), batch]))];
}

function Course({ batches }: { batches: Batch[] }) {
  const days = byDay(batches.filter((batch) => batch.recall_20 !== null));
  if (days.length === 0)
    return (
      <State title="Not measured yet">
        <p>A fifth of the likes of one member in ten is held back and has to be found. That needs members with at least five items who agreed to personal lists.</p>
      </State>
    );
  const last = days.at(-1)?.[1];
  return (
    <>
      <Lines
        label="Quality of lists by day, on likes that were held back"
        labels={days.map(([label]) => label)}
        interval="day"
        running={false}
        courses={COURSES.map(([key, name]) => ({ name, points: days.map(([, batch]) => batch[key]) }))}
        say={(value) => percent(value)}
      />
      <div className="sheet-body">
        <div className="table-scroll" tabIndex={0} role="region" aria-label="What was measured last">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Measure</th>
                <th scope="col" className="numeric">
                  Last batch
                </th>
                <th scope="col" className="numeric">
                  First of those shown
                </th>
              </tr>
            </thead>
            <tbody>
              {COURSES.map(([key, name], nth) => (
                <tr key={key}>
                  <th scope="row" data-look={nth}>
                    <Sample /> {name}
                  </th>
                  <td>{percent(last?.[key])}</td>
                  <td>{percent(days[0]?.[1][key])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="quiet small measured">Recall: of held-back likes, the share among the first twenty. NDCG weighs the first places more. A model that finds no more than popularity does is not used.</p>
      </div>
    </>
  );
}
