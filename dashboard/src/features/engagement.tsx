/** Each event by how many do it and how often: what everybody does, what few do a lot, what hardly anybody does. */

import { useEffect, useRef, useState } from "react";

import { useAnswer } from "../api/queries";
import type { EngagementAnswer } from "../api/types";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { valueName } from "../view/words";
import { labels } from "./labels";

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
const PAD = { top: 24, right: 16, bottom: 44, left: 44 };

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
  const [xs, ys] = [roots(Math.max(...rows.map((row) => row.percent ?? 0), 1), 0), roots(Math.max(...rows.map((row) => row.per_visitor ?? 0), 2), 1)];
  const [right, bottom] = [width - PAD.right, HEIGHT - PAD.bottom];
  const x = (value: number) => PAD.left + root(value, 0, xs.at(-1) ?? 1) * (right - PAD.left);
  const y = (value: number) => bottom - root(value, 1, ys.at(-1) ?? 2) * (bottom - PAD.top);
  const { percent, per_visitor } = data.medians;
  const points = rows.map((row) => ({ x: x(row.percent ?? 0), y: y(row.per_visitor ?? 0), name: valueName("event", row.event) }));
  const named = labels(points, { left: PAD.left, right, top: PAD.top, bottom: HEIGHT - PAD.bottom + 4 });
  return (
    <div ref={place} className="matrix-place">
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label="Events by share of people and times per person; the table holds the same numbers" data-look="0">
          {ys.map((tick) => (
            <g key={tick}>
              <line className="grid" x1={PAD.left} x2={right} y1={y(tick)} y2={y(tick)} />
              <text className="axis" x={PAD.left - 8} y={y(tick) + 4} textAnchor="end">
                {tick}
              </text>
            </g>
          ))}
          {xs.map((tick) => (
            <text key={tick} className="axis" x={x(tick)} y={bottom + 18} textAnchor={tick === xs.at(-1) ? "end" : "middle"}>
              {tick}%
            </text>
          ))}
          <text className="axis" x={right} y={HEIGHT - 6} textAnchor="end">
            share of people →
          </text>
          <text className="axis" x={PAD.left + 4} y={PAD.top - 8}>
            ↑ times per person
          </text>
          {percent !== null && <line className="cursor" x1={x(percent)} x2={x(percent)} y1={PAD.top} y2={bottom} />}
          {per_visitor !== null && <line className="cursor" x1={PAD.left} x2={right} y1={y(per_visitor)} y2={y(per_visitor)} />}
          {points.map((point, at) => {
            const [row, label] = [rows[at], named[at]];
            return (
              <g key={row?.event}>
                <title>{`${point.name}: ${say("percentage", row?.percent)} of people, ${say("views_per_visit", row?.per_visitor)} times each`}</title>
                {label?.led && <line className="leader" x1={point.x} y1={point.y} x2={label.anchor === "start" ? label.x - 2 : label.x + 2} y2={label.y} />}
                <circle className="spot" cx={point.x} cy={point.y} r={5} />
                {label && (
                  <text className="box-name" x={label.x} y={label.y + 4} textAnchor={label.anchor}>
                    {point.name}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      <p className="quiet small">The dashed lines are the medians. Both scales are wider for small numbers, so that these can be told apart.</p>
    </div>
  );
}

/** The part of the way from the least to the most, by the square root. */
function root(value: number, least: number, most: number): number {
  return Math.sqrt(Math.max(0, value - least) / Math.max(1e-9, most - least));
}

/** Round numbers from the least on, further and further apart. */
function roots(highest: number, least: number): number[] {
  const all = [0, 1, 1.25, 1.5, 2, 3, 5, 10, 25, 50, 100, 250, 500, 1000].filter((tick) => tick >= least && (least > 0 || Number.isInteger(tick)));
  const end = all.find((tick) => tick >= highest) ?? highest;
  const kept = all.filter((tick) => tick <= end);
  return kept.filter((tick, at) => at === 0 || root(tick, least, end) - root(kept[at - 1] ?? 0, least, end) > 0.06);
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
