/** The course of one number, small: its shape only. */

import type { Value } from "../api/types";
import { say } from "../format/number";
import { most, stretches } from "./scale";

const [WIDTH, HEIGHT] = [104, 24];

export function Spark({ label, points }: { label: string; points: Value[] }) {
  const top = Math.max(1, most([points]));
  const x = (n: number) => 1 + (n / Math.max(1, points.length - 1)) * (WIDTH - 2);
  const y = (value: number) => HEIGHT - 2 - (value / top) * (HEIGHT - 4);
  const [first, last] = [points.find((point) => point !== null), points.findLast((point) => point !== null)];
  const told = first === undefined ? `${label}: not told` : `${label}: from ${say("events", first)} to ${say("events", last)}, at most ${say("events", top)}`;
  if (first === undefined) return <span className="quiet">too few</span>;
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} role="img" aria-label={told} data-look="0">
      <line className="grid" x1="0" x2={WIDTH} y1={HEIGHT - 1.5} y2={HEIGHT - 1.5} />
      {stretches(points).map((stretch) =>
        stretch.length === 1 ? (
          <circle key={stretch[0]} className="spot" cx={x(stretch[0] ?? 0)} cy={y(points[stretch[0] ?? 0] ?? 0)} r={1.5} />
        ) : (
          <path key={stretch[0]} className="line" d={stretch.map((n, at) => `${at === 0 ? "M" : "L"}${x(n).toFixed(1)} ${y(points[n] ?? 0).toFixed(1)}`).join("")} />
        ),
      )}
    </svg>
  );
}
