/** What visits are like: how long, how deep, and when. */

import { useAnswer } from "../api/queries";
import type { Value, VisitsAnswer } from "../api/types";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { NoData } from "../overview/states";
import { Answered, Foot, Sheet } from "../parts/sheet";
import { countRange, ranged, Spread, timeRange } from "../parts/spread";

export function Visits() {
  const scope = useScope();
  const asked = question(scope);
  const answer = useAnswer("visits", asked, { growing: scope.growing });
  const data = answer.data;
  const foot = (name: string, of: string, header: string[], rows: (number | string | null)[][]) => data && <Foot name={name} of={of} header={header} rows={rows} kind="visits" asked={asked} data={data} />;
  return (
    <>
      <div className="columns">
        <Sheet title="How long visits are">
          <Answered answer={answer} ghosts={7}>
            {(told) =>
              isEmpty(told) ? (
                <NoData what="visits" />
              ) : (
                <div className="sheet-body">
                  <p>
                    Half of them last at most <strong>{say("visit_duration", told.medians.duration_s)}</strong>.
                  </p>
                  <Spread label="How long visits are" of="visits" ranges={ranged(told.duration, (b) => [b.from_s, b.to_s, b.visits], timeRange)} />
                </div>
              )
            }
          </Answered>
          {foot("visit-duration", "how long visits are", ["from_s", "to_s", "visits"], data?.duration.map((b) => [b.from_s, b.to_s, b.visits]) ?? [])}
        </Sheet>
        <Sheet title="How many pages they see">
          <Answered answer={answer} ghosts={6}>
            {(told) =>
              isEmpty(told) ? (
                <NoData what="visits" />
              ) : (
                <div className="sheet-body">
                  <p>
                    Half of them see at most <strong>{say("visits", told.medians.pages)}</strong> pages.
                  </p>
                  <Spread label="How many pages visits see" of="visits" ranges={ranged(told.depth, (b) => [b.from, b.to, b.visits], countRange)} />
                </div>
              )
            }
          </Answered>
          {foot("visit-depth", "how many pages visits see", ["from", "to", "visits"], data?.depth.map((b) => [b.from, b.to, b.visits]) ?? [])}
        </Sheet>
      </div>
      <Sheet title="When people are here">
        <Answered answer={answer} ghosts={7}>{(told) => (isEmpty(told) ? <NoData what="visits" /> : <Hours hours={told.hours} />)}</Answered>
        {foot("hours", "when people are here", ["weekday", ...Array.from({ length: 24 }, (_, n) => String(n))], data?.hours.map((row, n) => [DAYS[n] ?? "", ...row]) ?? [])}
      </Sheet>
    </>
  );
}

const isEmpty = (data: VisitsAnswer) => data.duration.every((bucket) => bucket.visits === 0);
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function Hours({ hours }: { hours: Value[][] }) {
  const most = Math.max(1, ...hours.flat().map((value) => value ?? 0));
  return (
    <>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="People by weekday and hour">
        <table className="heat">
          <caption className="visually-hidden">People by weekday and hour</caption>
          <thead>
            <tr>
              <td />
              {Array.from({ length: 24 }, (_, n) => (
                <th scope="col" key={n}>
                  {n % 3 === 0 ? n : <span className="visually-hidden">{n}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((row, day) => (
              <tr key={DAYS[day]}>
                <th scope="row">
                  {DAYS[day]?.slice(0, 3)}
                  <span className="visually-hidden">{DAYS[day]?.slice(3)}</span>
                </th>
                {row.map((value, hour) => (
                  <td
                    key={hour}
                    className={value === null ? "heat-hidden" : undefined}
                    style={value === null ? undefined : { "--part": `${Math.round((100 * value) / most)}%` } as React.CSSProperties}
                    title={`${DAYS[day]}, ${hour}:00: ${value === null ? "too few people to be told" : `${say("visitors", value)} people`}`}
                  >
                    <span className="visually-hidden">{value === null ? "not told" : say("visitors", value)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="heat-scale" aria-hidden="true">
        none
        {[0, 25, 50, 75, 100].map((part) => (
          <i key={part} style={{ "--part": `${part}%` } as React.CSSProperties} />
        ))}
        {say("visitors", most)} people
        {hours.some((row) => row.includes(null)) && (
          <>
            <i className="heat-hidden" /> too few
          </>
        )}
      </p>
    </>
  );
}
