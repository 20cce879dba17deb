/** Views with other filters. */

import type { Filter, View } from "./view";

/** The view filtered by a value as well; a filter `is` of the same dimension gives way. */
export function narrowed(view: View, dimension: string, value: string): View {
  const others = (view.f ?? []).filter((f) => !(f.dimension === dimension && f.operator === "is"));
  return { ...view, f: [...others, { operator: "is", dimension, values: [value] }] };
}

/** The view with the n-th filter replaced, added (n beyond the last) or removed. */
export function replaced(view: View, nth: number, filter: Filter | undefined): View {
  const filters = [...(view.f ?? [])];
  if (filter) filters.splice(nth, 1, filter);
  else filters.splice(nth, 1);
  return { ...view, f: filters.length > 0 ? filters : undefined };
}
