/** Several courses over time in one graph, read by pointer and arrow keys, with a table behind. */

import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";

import type { Interval, Value } from "../api/types";
import { bucketName, bucketTick } from "../format/date";
import { moved } from "../overview/graph";
import { every, most, stretches, ticks } from "./scale";

export interface Course {
  name: string;
  points: Value[];
  compare?: Value[] | null;
}

interface Props {
  /** What the graph shows, for those who hear it. */
  label: string;
  labels: string[];
  courses: Course[];
  interval: Interval;
  /** The last bucket is not over. */
  running: boolean;
  say: (value: Value | undefined) => string;
}

const HEIGHT = 280;
const PAD = { top: 12, right: 12, bottom: 28, left: 52 };
/** How many looks there are; later courses begin again. */
export const LOOKS = 8;

export default function Lines({ label, labels, courses, interval, running, say }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number>();
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const count = labels.length;
  const scale = ticks(most(courses.flatMap((course) => [course.points, course.compare ?? []])));
  const top = scale.at(-1) ?? 1;
  const x = (n: number) => PAD.left + (count < 2 ? 0.5 : n / (count - 1)) * (width - PAD.left - PAD.right);
  const y = (value: number) => PAD.top + (1 - value / top) * (HEIGHT - PAD.top - PAD.bottom);
  const step = every(count, width - PAD.left, interval);
  function pointed(event: PointerEvent) {
    const box = event.currentTarget.getBoundingClientRect();
    const part = (event.clientX - box.left - PAD.left) / Math.max(1, width - PAD.left - PAD.right);
    setAt(Math.min(count - 1, Math.max(0, Math.round(part * (count - 1)))));
  }
  function keyed(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = moved(event, at, count);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  }
  const name = at === undefined ? "" : bucketName(labels[at] ?? "", interval);
  const aloud = at === undefined ? "No value chosen" : `${name}: ${courses.map((course) => `${course.name} ${say(course.points[at])}`).join(", ")}`;
  return (
    <figure className="plot lines">
      <div
        ref={place}
        className="plot-place"
        role="slider"
        tabIndex={0}
        aria-label={`${label}. Arrow keys read single values`}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={Math.max(1, count)}
        aria-valuenow={(at ?? 0) + 1}
        aria-valuetext={aloud}
        onKeyDown={keyed}
        onPointerMove={pointed}
        onPointerLeave={() => setAt(undefined)}
        onBlur={() => setAt(undefined)}
      >
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true">
            {scale.map((tick) => (
              <g key={tick}>
                <line className="grid" x1={PAD.left} x2={width - PAD.right} y1={y(tick)} y2={y(tick)} />
                <text className="axis" x={PAD.left - 8} y={y(tick) + 4} textAnchor="end">
                  {say(tick)}
                </text>
              </g>
            ))}
            {labels.map((key, n) =>
              n % step === 0 ? (
                <text className="axis" key={key} x={x(n)} y={HEIGHT - 8} textAnchor={n === 0 && count > 1 ? "start" : n === count - 1 && count > 1 ? "end" : "middle"}>
                  {bucketTick(key, interval)}
                </text>
              ) : null,
            )}
            {courses.map((course, nth) => (
              <g key={course.name} data-look={nth % LOOKS}>
                {course.compare && <Line points={course.compare} x={x} y={y} className="line before" />}
                <Line points={running ? course.points.slice(0, -1) : course.points} x={x} y={y} className="line" />
                {running && count > 1 && <Line points={course.points} from={count - 2} x={x} y={y} className="line so-far" />}
                {at !== undefined && course.points[at] !== null && course.points[at] !== undefined && (
                  <circle className="spot" cx={x(at)} cy={y(course.points[at] ?? 0)} r={4} />
                )}
              </g>
            ))}
            {at !== undefined && <line className="cursor" x1={x(at)} x2={x(at)} y1={PAD.top} y2={HEIGHT - PAD.bottom} />}
          </svg>
        )}
      </div>
      {at !== undefined && (
        <div className="told" data-side={x(at) > width / 2 ? "left" : "right"} style={{ left: x(at) }} aria-hidden="true">
          <p>
            {name}
            {running && at === count - 1 && <span className="quiet"> so far</span>}
          </p>
          {courses.map((course, nth) => (
            <p key={course.name} className="told-course" data-look={nth % LOOKS}>
              <Sample /> <span className="told-name">{course.name}</span> <strong>{say(course.points[at])}</strong>
              {course.compare && <span className="quiet"> before {say(course.compare[at])}</span>}
            </p>
          ))}
        </div>
      )}
      <div className="visually-hidden">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {courses.map((course) => (
                <th scope="col" key={course.name}>
                  {course.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((key, n) => (
              <tr key={key}>
                <th scope="row">{bucketName(key, interval)}</th>
                {courses.map((course) => (
                  <td key={course.name}>{say(course.points[n])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

interface LineProps {
  points: Value[];
  from?: number;
  x: (n: number) => number;
  y: (value: number) => number;
  className: string;
}

function Line({ points, from = 0, x, y, className }: LineProps) {
  const shown = points.map((value, n) => (n < from ? null : value));
  return (
    <>
      {stretches(shown).map((stretch) =>
        stretch.length === 1 && from === 0 ? (
          <circle key={stretch[0]} className="spot" cx={x(stretch[0] ?? 0)} cy={y(points[stretch[0] ?? 0] ?? 0)} r={3} />
        ) : (
          <path
            key={stretch[0]}
            className={className}
            d={stretch.map((n, at) => `${at === 0 ? "M" : "L"}${x(n).toFixed(1)} ${y(points[n] ?? 0).toFixed(1)}`).join("")}
          />
        ),
      )}
    </>
  );
}

/** A piece of a course's line, for legends. */
export function Sample() {
  return (
    <svg className="sample" width="20" height="10" aria-hidden="true">
      <line className="line" x1="0" x2="20" y1="5" y2="5" />
    </svg>
  );
}
