/** The result of a comparison in plain words, with its limits. */

import type { AbAnswer } from "../api/types";
import { say } from "../format/number";

const points = (value: number) => {
  const size = say("percentage", Math.abs(value)).replace("%", "");
  return `${size} ${size === "1" ? "point" : "points"}`;
};

export function verdict(data: AbAnswer, [a, b]: [string, string]): string {
  const { difference, low, high, significant, hidden } = data;
  if (difference === null || significant === null) return `This cannot be told: one side has fewer than ${hidden.floor} people who reached the goal.`;
  if (!significant) {
    const range = low !== null && high !== null ? ` The difference may be anything from ${signed(low)} to ${signed(high)} points.` : "";
    return `No clear difference between “${a}” and “${b}”.${range}`;
  }
  const [more, less] = difference > 0 ? [b, a] : [a, b];
  const range = low !== null && high !== null ? `, between ${points(Math.min(Math.abs(low), Math.abs(high)))} and ${points(Math.max(Math.abs(low), Math.abs(high)))}` : "";
  return `People of “${more}” reach the goal more often than those of “${less}”: by ${points(difference)}${range}.`;
}

function signed(value: number): string {
  const size = say("percentage", Math.abs(value)).replace("%", "");
  return value < 0 ? `−${size}` : value > 0 ? `+${size}` : size;
}
