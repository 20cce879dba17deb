/** What the server takes and gives, by hand, until it is generated from the server's own description. */

export type Metric =
  | "visitors"
  | "visits"
  | "pageviews"
  | "events"
  | "views_per_visit"
  | "bounce_rate"
  | "visit_duration"
  | "scroll_depth"
  | "time_on_page"
  | "exit_rate"
  | "percentage";

export type Interval = "hour" | "day" | "week" | "month";

export interface PeriodAsked {
  preset?: string;
  date?: string;
  from?: string;
  to?: string;
}

export interface CompareAsked {
  mode: "previous_period" | "year_over_year" | "custom";
  from?: string;
  to?: string;
  match_day_of_week?: boolean;
}

/** `[operator, dimension, [values]]`, or `[operator, dimension]` for `set` and `not_set`. */
export type FilterAsked = [string, string, string[]] | [string, string];

export interface Asked {
  site: string;
  period: PeriodAsked;
  metrics: Metric[];
  filters?: FilterAsked[];
  compare?: CompareAsked;
  interval?: Interval;
  dimension?: string;
  limit?: number;
  offset?: number;
  order?: [string, "asc" | "desc"];
  search?: string;
}

export type Form = "totals" | "series" | "breakdown";
export type Value = number | null;

export interface Row {
  keys: string[];
  values: Value[];
  compare: Value[] | null;
  kind: "value" | "other" | "rare" | "none";
}

export interface How {
  life: "recent" | "history";
  floor: number;
  rounded_to: number;
  window: [string, string];
  compare_window: [string, string] | null;
  time_zone: string;
  interval: Interval | null;
  fresh_as_of: string;
  partial_last: boolean;
}

export interface Answer {
  rows: Row[];
  total_rows: number;
  metrics: Metric[];
  hidden: { groups: number; floor: number };
  how: How;
}

export interface Site {
  site: string;
  time_zone: string;
  floor: number;
  admission: number;
  recent_days: number;
  development: boolean;
  /** The first day with rows. */
  first_day?: string | null;
}

/** Kept with the account, so that the browser keeps nothing. */
export interface Preferences {
  theme?: "system" | "light" | "dark";
  /** Single-key shortcuts; on unless switched off. */
  shortcuts?: boolean;
  last_site?: string;
  /** The period last chosen for a site. */
  periods?: Record<string, string>;
}

export interface Session {
  email: string;
  preferences: Preferences;
  sites: Site[];
}

export interface Live {
  about: number | null;
  floor: number;
  minutes: number;
}

export interface Policy {
  floor: number;
  admission: number;
  recent_days: number;
  gpc: "count-only" | "drop" | "ignore";
  grace_hours: number;
  languages: boolean;
}

export interface PlannedProperty {
  kind: "flag" | "count" | "money" | "choice" | "term" | "item";
  values: string[];
  purpose: string;
  sensitive: boolean;
}

export interface Plan {
  mode: "learn" | "strict";
  events: Record<string, { purpose: string; properties: Record<string, PlannedProperty> }>;
  pages: string[];
  sensitive_pages: string[];
}

export interface Reason {
  reason: string;
  means: string;
  count: number;
}

export interface Collection {
  site: string;
  time_zone: string;
  policy: Policy;
  mode: "learn" | "strict";
  plan: Plan;
  snippet: string;
  not_collected: string[];
  counters: { stored: number; dropped: Reason[]; rewritten: Reason[] };
  first_day: string | null;
}
