/** How a number differs from the one before: an arrow and a figure, never a colour. */

import type { Metric, Value } from "../api/types";
import { change } from "../format/number";

export function Changed({ metric, now, before }: { metric: Metric; now: Value | undefined; before: Value | undefined }) {
  const moved = change(metric, now, before);
  if (!moved) return <span className="change" />;
  if (moved.direction === "same") return <span className="change">unchanged</span>;
  return (
    <span className="change">
      <span aria-hidden="true">{moved.direction === "up" ? "↑" : "↓"}</span>
      <span className="visually-hidden">{moved.direction}</span> {moved.amount}
    </span>
  );
}
