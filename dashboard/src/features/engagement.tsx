/** Each event by how many do it and how often: what everybody does, what few do a lot, what hardly anybody does. */

import { useEffect, useRef, useState } from "react";

import { useAnswer } from "../api/queries";
import type { EngagementAnswer } from "../api/types";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { ticks } from "../parts/scale";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { valueName } from "../view/words";

export function Engagement() {
  const scope = useScope();
  const asked = question(scope);
  const answer = useAnswer("engagement", asked, { growing: scope.growing });
  return (
    <Sheet title="How many, and how often">
      <Answered answer={answer} ghosts={8}>
        {(data) =>
          data.rows.length === 0 ? (
            data.hidden.groups > 0 ? (
              <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="events" />
            ) : (
              <NoData what="events" />
            )
          ) : (
            <div className="matrix">
              <Matrix data={data} />
              <Table data={data} />
            </div>
          )
        }
      </Answered>
      {answer.data && (
        <>
          <Hidden data={answer.data} what="events" />
          <Foot name="engagement" of="events by breadth and frequency" header={["event", "visitors", "percent", "per_visitor"]} rows={answer.data.rows.map((r) => [r.event, r.visitors, r.percent, r.per_visitor])} kind="engagement" asked={asked} data={answer.data} />
        </>
      )}
    </Sheet>
  );
}

const HEIGHT = 320;
const PAD = { top: 16, right: 16, bottom: 44, left: 44 };

function Matrix({ data }: { data: EngagementAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const rows = data.rows.filter((row) => row.percent !== null && row.per_visitor !== null);
  const [xs, ys] = [ticks(Math.max(...rows.map((row) => row.percent ?? 0), 1)), ticks(Math.max(...rows.map((row) => row.per_visitor ?? 0), 1))];
  const x = (value: number) => PAD.left + (value / (xs.at(-1) ?? 1)) * (width - PAD.left - PAD.right);
  const y = (value: number) => PAD.top + (1 - value / (ys.at(-1) ?? 1)) * (HEIGHT - PAD.top - PAD.bottom);
  const { percent, per_visitor } = data.medians;
  return (
    <div ref={place} className="matrix-place">
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label="Events by share of people and times per person; the table holds the same numbers" data-look="0">
          {ys.map((tick) => (
            <g key={tick}>
              <line className="grid" x1={PAD.left} x2={width - PAD.right} y1={y(tick)} y2={y(tick)} />
              <text className="axis" x={PAD.left - 8} y={y(tick) + 4} textAnchor="end">
                {tick}
              </text>
            </g>
          ))}
          {xs.map((tick) => (
            <text key={tick} className="axis" x={x(tick)} y={HEIGHT - PAD.bottom + 18} textAnchor="middle">
              {tick}%
            </text>
          ))}
          <text className="axis" x={width - PAD.right} y={HEIGHT - 6} textAnchor="end">
            share of people →
          </text>
          <text className="axis" x={PAD.left + 4} y={PAD.top - 4}>
            ↑ times per person
          </text>
          {percent !== null && <line className="cursor" x1={x(percent)} x2={x(percent)} y1={PAD.top} y2={HEIGHT - PAD.bottom} />}
          {per_visitor !== null && <line className="cursor" x1={PAD.left} x2={width - PAD.right} y1={y(per_visitor)} y2={y(per_visitor)} />}
          {rows.map((row) => {
            const [cx, cy] = [x(row.percent ?? 0), y(row.per_visitor ?? 0)];
            const atEnd = cx > width * 0.7;
            return (
              <g key={row.event}>
                <title>{`${valueName("event", row.event)}: ${say("percentage", row.percent)} of people, ${say("views_per_visit", row.per_visitor)} times each`}</title>
                <circle className="spot" cx={cx} cy={cy} r={5} />
                <text className="box-name" x={cx + (atEnd ? -9 : 9)} y={cy + 4} textAnchor={atEnd ? "end" : "start"}>
                  {valueName("event", row.event)}
                </text>
              </g>
            );
          })}
        </svg>
      )}
      <p className="quiet small">The dashed lines are the medians.</p>
    </div>
  );
}

function Table({ data }: { data: EngagementAnswer }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of events">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">People</th>
            <th scope="col">Of all</th>
            <th scope="col">Per person</th>
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr key={row.event}>
              <th scope="row">{valueName("event", row.event)}</th>
              <td>{say("visitors", row.visitors)}</td>
              <td>{say("percentage", row.percent)}</td>
              <td>{say("views_per_visit", row.per_visitor)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
