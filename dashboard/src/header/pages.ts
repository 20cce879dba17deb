/** The pages of a site, and which of them an account may open. */

import type { Permission, Session } from "../api/types";

export const SECTIONS = [
  ["/$site", "Overview", ["ask_questions"]],
  ["/$site/explore", "Explore", ["ask_questions"]],
  ["/$site/funnels", "Funnels", ["ask_questions"]],
  ["/$site/journeys", "Journeys", ["ask_questions"]],
  ["/$site/retention", "Retention", ["ask_questions"]],
  ["/$site/lifecycle", "Lifecycle", ["ask_questions"]],
  ["/$site/features", "Features", ["ask_questions"]],
  ["/$site/content", "Content", ["ask_questions"]],
  ["/$site/recommendations", "Recommendations", ["see_items"]],
  ["/$site/goals", "Goals", ["ask_questions"]],
  ["/$site/segments", "Segments", ["ask_questions"]],
  ["/$site/intents", "Intents", ["define"]],
  ["/$site/privacy", "Privacy", ["see_privacy", "see_egress"]],
  ["/$site/support", "Support", ["see_by_code"]],
  ["/$site/settings", "Settings", ["read_settings", "see_team"]],
] as const satisfies readonly (readonly [string, string, readonly Permission[]])[];

export function may({ may }: Session, ...any: readonly Permission[]): boolean {
  return any.some((permission) => may.includes(permission));
}

/** What an account may open, in the order of the row. */
export function sectionsOf(session: Session) {
  return SECTIONS.filter(([, , needed]) => may(session, ...needed));
}
