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

export type Form = keyof Asks;
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
  /** Noise that was added when history was released: of a count, one standard error at most. */
  noise?: { standard_error: Partial<Record<Metric, number>> };
  window: [string, string];
  compare_window: [string, string] | null;
  time_zone: string;
  interval: Interval | null;
  fresh_as_of: string;
  partial_last: boolean;
  /** Which of several ways of counting, where there are several. */
  mode?: string;
  /** What is counted, in words. */
  unit?: string;
  window_s?: number;
  /** From when to when linked members are followed; null where nobody is. */
  linkable?: [string, string] | null;
  /** Assumptions and limits, in plain words. */
  notes?: string[];
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

export type Role = "owner" | "analyst" | "viewer" | "support" | "privacy_officer";

/** Something that an account may do; there are more than the dashboard has to know. */
export type Permission =
  | "ask_questions"
  | "define"
  | "read_settings"
  | "configure"
  | "add_sites"
  | "see_test_events"
  | "purge"
  | "see_retention"
  | "see_keys"
  | "see_team"
  | "give_roles"
  | "appoint_officers"
  | "see_by_code"
  | "erase"
  | "see_privacy"
  | "see_items"
  | "edit_items"
  | "see_egress";

export interface Session {
  email: string;
  roles: Role[];
  may: Permission[];
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
  /** Months after which members who are not there any more are forgotten. */
  idle_months?: number;
  gpc: "count-only" | "drop" | "ignore";
  grace_hours: number;
  languages: boolean;
  /** Lists of items that are nobody's own are open to everybody. */
  public_lists?: boolean;
  /** Noise in history; null or absent: none. */
  noise?: { epsilon: number } | null;
}

/** What noise in history cost a visitor of each day. */
export interface NoiseLedger {
  epsilon?: number;
  most: number;
  total: number;
  days: { day: string; epsilon: number }[];
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

/** The oldest thing in a store, and how old it may be. */
export interface Aged {
  store: string;
  oldest_days: number | null;
  limit_days: number;
  overdue: boolean;
}

export interface Retention {
  idle_months: number;
  stores: Aged[];
}

/** Names events: exactly one of `event`, `page` (a pattern), `goal` and `feature`. */
export interface Selector {
  event?: string;
  page?: string;
  goal?: string;
  /** A saved feature: any of its events. */
  feature?: string;
  /** With `page`: having scrolled so far, in percent. */
  scroll?: number;
  filters?: FilterAsked[];
  label?: string;
}

export type RowKind = Row["kind"];

/** What every question of product analytics begins with. */
export interface Question {
  site: string;
  period: PeriodAsked;
  filters?: FilterAsked[];
}

export interface Told {
  hidden: { groups: number; floor: number };
  how: How;
}

export interface Keyed {
  key: string;
  kind: RowKind;
}

export type FunnelOrder = "ordered" | "strict" | "any" | "first_touch";

export interface FunnelAsked extends Question {
  steps: (Selector & { optional?: boolean })[];
  order?: FunnelOrder;
  window_s?: number;
  exclude?: (Selector & { after: number; before: number })[];
  hold?: string;
  group?: string;
  over_time?: Interval;
}

export interface Spread {
  from_s: number;
  to_s: number | null;
}

export interface FunnelStep {
  label: string;
  visitors: Value;
  of_first: Value;
  of_previous: Value;
  dropped: Value;
  median_s: Value;
  optional: boolean;
}

export interface FunnelAnswer extends Told {
  steps: FunnelStep[];
  conversion: Value;
  /** Linked members who may still come to the end; null where nobody is followed. */
  unfinished?: Value;
  groups?: (Keyed & { visitors: Value[]; conversion: Value })[] | null;
  over_time?: { key: string; entered: Value; converted: Value; conversion: Value }[] | null;
  time_to_convert: { median_s: Value; buckets: (Spread & { visitors: Value })[] };
}

export interface JourneysAsked extends Question {
  direction?: "forward" | "backward" | "between";
  from?: Selector;
  to?: Selector;
  unit?: "pages" | "events" | "both";
  depth?: number;
  top?: number;
  collapse_repeats?: boolean;
  groups?: { name: string; pattern: string }[];
  /** Keys of the stops that ways begin with. */
  prefix?: string[];
}

export interface JourneyNode extends Keyed {
  visits: Value;
  dropped: Value;
  group?: boolean;
}

export interface JourneysAnswer extends Told {
  columns: JourneyNode[][];
  flows: { column: number; from: number; to: number; visits: Value }[];
  paths: { steps: string[]; visits: Value }[];
  visits: Value;
}

export interface VisitsAnswer extends Told {
  duration: (Spread & { visits: Value })[];
  depth: { from: number; to: number | null; visits: Value }[];
  /** Visitors by weekday (Monday first) and hour. */
  hours: Value[][];
  medians: { duration_s: Value; pages: Value };
}

export interface RetentionAsked extends Question {
  interval: "day" | "week";
  mode?: "n_day" | "rolling" | "brackets";
  brackets?: [number, number][];
  action?: string;
}

export interface RetentionAnswer extends Told {
  cohorts: { key: string; size: Value; cells: { members: Value; percent: Value; complete: boolean }[] }[];
  total: { percent: Value; complete: boolean }[];
  columns: string[];
}

export interface LifecycleAsked extends Question {
  interval: "week" | "period";
}

export interface LifecycleAnswer extends Told {
  labels: string[];
  series: Record<"new" | "returning" | "resurrected" | "dormant", Value[]>;
  actives: Record<"day" | "week" | "period", Value[]>;
  day_labels: string[];
  /** Null where days of a week are not joined. */
  stickiness?: { days: number; percent: Value }[] | null;
}

export const MEASURES = [
  "uniques",
  "totals",
  "average",
  "active_percent",
  "frequency",
  "property_sum",
  "property_average",
  "property_median",
  "property_p90",
  "property_distinct",
] as const;
export type Measure = (typeof MEASURES)[number];

export interface SegmentationAsked extends Question {
  events: Selector[];
  measure?: Measure;
  property?: string;
  formula?: string;
  group?: string;
  segments?: string[];
  interval?: Interval;
  compare?: CompareAsked;
}

export interface SegmentationSeries {
  label: string;
  event: number | null;
  segment: string | null;
  key: string | null;
  kind: RowKind;
  total: Value;
  points?: Value[];
  compare_total?: Value;
  compare?: Value[] | null;
  buckets?: { from: number; to: number | null; visitors: Value }[];
}

export interface SegmentationAnswer extends Told {
  labels: string[];
  series: SegmentationSeries[];
  measure: Measure;
}

export interface GoalsAsked extends Question {
  group?: string;
  compare?: CompareAsked;
}

export interface GoalRow {
  goal: string;
  kind: "page" | "event" | "scroll";
  uniques: Value;
  total: Value;
  conversion_rate: Value;
  revenue: Value;
  average_revenue: Value;
  currency: string | null;
  compare: { uniques: Value; total: Value; conversion_rate: Value } | null;
  key?: string;
  group_conversion_rate?: Value;
}

export interface GoalsAnswer extends Told {
  rows: GoalRow[];
  suggestions: { selector: Selector; label: string; visitors: Value }[];
}

export interface FeaturesAsked extends Question {
  compare?: CompareAsked;
}

export interface FeatureRow {
  feature: string;
  visitors: Value;
  adoption: Value;
  uses: Value;
  uses_per_visitor: Value;
  repeat_rate: Value;
  previous: { visitors: Value; adoption: Value } | null;
  trend: Value[];
  customers: { key: string; visitors: Value; adoption: Value }[];
}

export interface FeaturesAnswer extends Told {
  rows: FeatureRow[];
  labels: string[];
}

export interface CompositionAnswer extends Told {
  rows: (Keyed & { visitors: Value; percent: Value })[];
}

export interface EngagementAnswer extends Told {
  rows: { event: string; visitors: Value; percent: Value; per_visitor: Value }[];
  medians: { percent: Value; per_visitor: Value };
}

export interface ItemsAsked extends Question {
  by?: "item" | "tag";
  limit?: number;
  offset?: number;
  search?: string;
  order?: [string, "asc" | "desc"];
}

export type ItemMeasure = "views" | "downloads" | "clickthroughs" | "likes" | "bookmarks" | "visitors";

export interface ItemsAnswer extends Told {
  rows: (Keyed & Record<ItemMeasure, Value>)[];
  total_rows: number;
}

export interface AttributionAsked extends Question {
  goal: Selector;
  dimension: string;
  model: "first" | "last" | "linear" | "position";
}

export interface AttributionAnswer extends Told {
  rows: (Keyed & { conversions: Value; share: Value })[];
}

export type Side = { segment: string } | { filters: FilterAsked[] };

export interface AbAsked extends Question {
  goal: Selector;
  a: Side;
  b: Side;
}

export interface AbSide {
  visitors: Value;
  converted: Value;
  rate: Value;
  low: Value;
  high: Value;
}

export interface AbAnswer extends Told {
  a: AbSide;
  b: AbSide;
  difference: Value;
  low: Value;
  high: Value;
  p_value: Value;
  significant: boolean | null;
  test: string;
  assumptions: string[];
}

/** What is asked of each kind, and what comes back. */
export interface Asks {
  totals: Asked;
  series: Asked;
  breakdown: Asked;
  funnel: FunnelAsked;
  journeys: JourneysAsked;
  visits: Question;
  retention: RetentionAsked;
  lifecycle: LifecycleAsked;
  segmentation: SegmentationAsked;
  goals: GoalsAsked;
  features: FeaturesAsked;
  composition: Question & { dimension: string };
  engagement: Question;
  items: ItemsAsked;
  attribution: AttributionAsked;
  ab: AbAsked;
}

export interface Answers {
  totals: Answer;
  series: Answer;
  breakdown: Answer;
  funnel: FunnelAnswer;
  journeys: JourneysAnswer;
  visits: VisitsAnswer;
  retention: RetentionAnswer;
  lifecycle: LifecycleAnswer;
  segmentation: SegmentationAnswer;
  goals: GoalsAnswer;
  features: FeaturesAnswer;
  composition: CompositionAnswer;
  engagement: EngagementAnswer;
  items: ItemsAnswer;
  attribution: AttributionAnswer;
  ab: AbAnswer;
}

/** A question about a funnel without its period and filters. */
export type Funnel = Pick<FunnelAsked, "steps" | "order" | "window_s" | "exclude" | "hold" | "group">;

/** Two attributes that history tells together. */
export type Pair = [string, string];

export interface Definitions {
  goals: Record<string, Selector>;
  features: Record<string, { events: Selector[] }>;
  funnels: Record<string, Funnel>;
  segments: Record<string, { filters: FilterAsked[] }>;
  /** Missing where history keeps no pairs but those of every site. */
  pairs?: Record<string, Pair>;
}
export type DefinitionKind = keyof Definitions;
export type DefinitionOf<K extends DefinitionKind> = NonNullable<Definitions[K]>[string];

/** What saving would let history tell from the next close on. */
export interface Keep {
  kind: Exclude<DefinitionKind, "segments">;
  name: string;
  value: unknown;
}

/** Something saved, as history keeps it. */
export interface SavedInHistory {
  kind: Exclude<DefinitionKind, "segments">;
  name: string;
  /** It is kept, or will be from the next close on. */
  kept: boolean;
  /** The first day from which on it is kept; null: none yet. */
  since: string | null;
  /** It is told by the values of these too. */
  by: string[];
  why: string | null;
}

/** What outlives rows. */
export interface HistoryKeeps {
  days: [string, string] | null;
  members_since: string | null;
  page_to_page_since: string | null;
  saved: SavedInHistory[];
}

/** What is purged: one of `word`, `property`, `item`; or events, by all of what else is given. */
export interface PurgeWhat {
  word?: string;
  dimension?: string;
  property?: string;
  item?: string;
  event?: string;
  page?: string;
  channel?: string;
  from?: string;
  to?: string;
}

/** What a purge would do, or has done. */
export interface PurgeOutcome {
  state: "planned" | "running" | "done";
  id: string | null;
  kind: string;
  words: number;
  recent: { events: number | null; visitors: number | null; fewer_than: number | null };
  days: number | null;
  cells: number;
  spans_in_part: number;
  /** The catalogue has an item of this id, which goes too. */
  catalogue?: boolean;
  definitions: { kind: string; name: string }[];
  plan: string[];
  notes: string[];
}

/** A purge in the list. */
export interface PurgeListed {
  id: string;
  day: string;
  kind: string;
  state: "running" | "done";
  words: number;
  days: number;
  cells: number;
  spans_in_part: number;
}

/** Traffic that is left out. */
export interface Shields {
  networks: string[];
  countries: string[];
  paths: string[];
  hostnames: string[];
}

export interface Settings {
  site: string;
  policy: Policy & { link?: "day" | "period" };
  shields: Shields;
  origins: string[];
  plan: Plan;
  /** Names that are let in but not planned. */
  admitted: { events: string[]; properties: { event?: string; name: string }[]; pages: number };
  /** While the plan learns: the day on which it turns strict by itself. */
  strict_from?: string | null;
}

export interface SettingsChange {
  policy?: Settings["policy"];
  shields?: Shields;
  origins?: string[];
}

/** The developer's own test traffic, before and after anonymisation. */
export interface Debugged {
  events: { received: Record<string, unknown>; stored: Record<string, unknown> }[];
}

export interface User {
  id: string;
  email: string;
  roles: Role[];
  you: boolean;
}

export interface Team {
  users: User[];
  roles: { role: Role; may: Permission[]; yours_to_give: boolean }[];
}

export interface Invitation {
  link: string;
  hours: number;
}

/** What is held of a site's members and visitors, and for how long. */
export interface Privacy {
  floor: number;
  link: "day" | "period";
  recent_days: number;
  oldest_row_day: string | null;
  oldest_rows_go: string | null;
  period: [string, string];
  history: [string, string] | null;
  /** In steps of ten; null: fewer than ten. */
  members: number | null;
}

export interface Erasure {
  request_id: string;
  kind: "erasure" | "access" | "portability";
  state: "in_progress" | "completed";
  received: string;
  settled: string;
  receipts: unknown[];
}

export interface Erasures {
  requests: Erasure[];
  kept_days: number;
}

export interface Audit {
  entries: { hour: string; by: string; who: string | null; deed: string }[];
  kept_days: number;
}

export interface KeyTree {
  provider: string;
  epoch: number;
  replaced_s: number | null;
  escrow_window_s: number;
  doubts: string[];
  purposes: { purpose: string; keys: number; oldest_days: number | null; youngest_days: number | null }[];
}

/** What a member sees of themselves. */
export interface Seen {
  export: {
    held: Record<string, unknown>;
    recent_activity: { about: string; words: Record<string, string> }[];
    recent_days: number;
    not_told: string[];
  };
  seconds: number;
}

/** A value that a slot takes, and what else it is called. */
export interface IntentEntry {
  value: string;
  synonyms?: string[];
}

export interface IntentSlot {
  type?: string;
  values?: IntentEntry[];
  list?: string;
  open?: boolean;
  required?: boolean;
  many?: boolean;
}

export interface IntentDefinition {
  name: string;
  examples: string[];
  slots?: Record<string, IntentSlot>;
  action?: string | { webhook: string };
  confirm?: boolean;
  destructive?: boolean;
}

export interface IntentDefinitions {
  languages?: string[];
  intents: IntentDefinition[];
  lists?: Record<string, IntentEntry[]>;
}

/** How many examples of an intent were told to be of which; without `told`: of none. */
export interface Confused {
  intent: string;
  told?: string;
  examples: number;
}

export interface Intents {
  version: number;
  state: "none" | "learning" | "ready" | "failed";
  answers?: number;
  learnt?: string;
  definitions: IntentDefinitions;
  confusion: Confused[];
  left_out?: string[];
}

export type IntentForm = "toml" | "json" | "snips" | "rasa";

/** What a text was told to mean. Places are bytes of it. */
export interface Interpreted {
  decision: "accepted" | "clarify" | "out_of_scope";
  out_of_scope?: "empty" | "nothing_known" | "unlike_examples";
  intent: string | null;
  confidence: number;
  slots: { slot: string; value: unknown; by: "template" | "gazetteer" | "builtin" | "tagger" | "context"; span: { start: number; end: number } }[];
  arguments: Record<string, unknown>;
  action: string | { webhook: string } | null;
  missing: string[];
  needs_confirmation: boolean;
  alternatives: { intent: string; confidence: number }[];
  unknown: { start: number; end: number }[];
}

/** Where something may go, and what went there. */
export interface Egress {
  destinations: { name: string; host: string }[];
  waiting: number;
  kept_days: number;
  lines: { hour: string; destination: string; kind: string; outcome: "delivered" | "refused" | "gone" | "unreachable" | "blocked"; attempts: number; bytes: number }[];
}
