/** What `POST /api/v1/ask` makes of a text. */

export type Step = { event: string } | { page: string } | { goal: string } | { feature: string };

/** A question in its parts; what is not said is left out. */
export interface Sketch {
  kind: "totals" | "series" | "breakdown" | "funnel" | "retention" | "lifecycle" | "journeys" | "visits" | "goals" | "features" | "items" | "attribution";
  metrics?: string[];
  dimension?: string;
  filters?: { dimension: string; values: string[] }[];
  period?: { from: string | null; to: string; preset: string | null };
  compare?: "previous_period" | "year_over_year" | { custom: [string, string] };
  interval?: string;
  steps?: Step[];
  mode?: string;
  order?: [string, "asc" | "desc"];
  limit?: number;
}

/** A place in the text. */
export interface Place {
  from: number;
  to: number;
}

export interface Why {
  what: string;
  place?: Place;
  message?: string;
}

export interface Suggestion {
  place: Place;
  text: string;
  dimension: string;
}

export interface AskAnswer {
  understood: "question" | "unclear" | "out_of_scope";
  question: Sketch | null;
  request: { path: string; body: unknown } | null;
  why: Why[];
  suggestions: Suggestion[];
  candidates: string[];
  out_of_scope: "about_somebody" | "unknown" | null;
  /** Of items that the question names, by their ids. */
  titles?: Record<string, string>;
  languages: string[];
}
