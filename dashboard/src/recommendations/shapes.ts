/** What the server says about items, lists, placements and learning. */

export interface Item {
  id: string;
  title: string;
  url?: string;
  tags?: string[];
  kind?: string;
  language?: string;
  published?: string;
  expires?: string;
  hidden?: boolean;
  attributes?: Record<string, string | number | boolean>;
}

export interface ItemsPage {
  items: Item[];
  total: number;
  cursor: string | null;
  computed: { items: number; version: number };
}

export interface Tag {
  tag: string;
  /** Items that have it or one below it. */
  items: number;
  synonyms?: string[];
}

export interface Report {
  taken: number;
  refused: number;
  reasons: { line: number; code: string; message: string; pointer?: string }[];
}

export type Logic = "for_you" | "similar" | "popular" | "trending" | "latest";

/** A list as anybody may ask for it: by what is in the request. */
export interface Wish {
  tags?: string[];
  likes?: string[];
  placement?: string;
  limit?: number;
}

export interface Reason {
  kind: "tag_followed" | "liked" | "bookmarked" | "similar_to" | "popular" | "trending" | "new" | "editorial";
  tag?: string;
  item?: string;
  title?: string;
}

export interface List {
  items: { id: string; title: string; url?: string; tags?: string[]; kind?: string; reasons: Reason[]; recommendation_id: string }[];
  computed: { placement: string; variant: string; logic: Logic; model: number; tier: Tier; fallback?: string };
}

export type Tier = "content" | "neighbours" | "head_and_tail" | "linear";

export interface Batch {
  at_ms: number;
  version: number;
  outcome: string;
  tier: Tier;
  members: number;
  recall_20: number | null;
  ndcg_100: number | null;
  coverage_20: number | null;
  popularity_ndcg_100: number | null;
}

export interface Learning {
  model: { version: number; tier: Tier; because: string; items: number; bytes: number };
  /** What inverting may take, and took for the model that is served. */
  memory: { limit_mib: number; most_rows: number; taken_mib: number };
  counts: { members: number; active_members: number; items: number; pairs: number; is_whole: boolean };
  similar: { epoch: number; items: number };
  waiting: { changed_members: number; forgetting_hours_left: number | null; catalogue_changed: boolean };
  batches: Batch[];
}

/** Members by the tags of what they like, in fives. */
export interface LikedTags {
  /** When it was counted; null: not yet. */
  counted_ms: number | null;
  /** Who like anything; null: too few. */
  members: number | null;
  tags: { tag: string; members: number }[];
  hidden: number;
  floor: number;
}

export type What = { item: string } | { tag: string };
export type Rule = { pin: { item: string; rank: number } } | { boost: What & { factor: number } } | { exclude: What } | { must_have_tag: string };

export interface Variant {
  name: string;
  share: number;
  logic?: Logic;
  diversity?: number;
  explore?: number;
  rules?: Rule[];
}

export interface Placement {
  name: string;
  logic: Logic;
  diversity: number;
  explore: number;
  rules?: Rule[];
  variants?: Variant[];
}

export interface Placements {
  placements: (Placement & { number: number; idle_rules: string[] })[];
  built_in: string[];
}

export interface Compared {
  placement: string;
  how: string;
  variants: {
    name: string;
    saw: number | null;
    clicked: number | null;
    beside_control: { control_rate: number; variant_rate: number; lift: number | null; difference_95: [number, number]; p_value: number; test: "two_proportion_z" | "fisher_exact" } | null;
    not_compared?: string;
  }[];
}
