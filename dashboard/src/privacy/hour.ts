/** An hour of UTC as it is told, such as `2026-11-29T14`, as people write it. */

import { longDay } from "../format/date";

export function hour(text: string): string {
  return `${longDay(text.slice(0, 10))}, ${text.slice(11, 13)} h UTC`;
}
