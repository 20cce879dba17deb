/** Calls to the server, and what can go wrong with them. */

import type { Answers, Asks, Audit, Collection, Debugged, DefinitionKind, Definitions, Egress, Erasure, Erasures, HistoryKeeps, IntentDefinitions, IntentForm, Intents, Interpreted, Invitation, Keep, KeyTree, Live, NoiseLedger, Plan, Preferences, Privacy, PurgeListed, PurgeOutcome, PurgeWhat, Retention, Role, Seen, Session, Settings, SettingsChange, Team } from "./types";

import type { AskAnswer } from "../ask/types";

/** A refusal by the server, or `code` "unreachable" when there was no answer at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Where in what was sent the mistake is, such as `/steps/1/event`. */
    readonly pointer?: string,
    /** Of a question that history cannot answer yet: what to save so that it can from the next close on. */
    readonly keep?: Keep,
  ) {
    super(message);
  }

  /** The guard refused: too few people would be behind the answer. */
  get isProtected(): boolean {
    return this.status === 403 && (this.code === "too_few_people" || this.code === "too_many_filters");
  }
}

export async function call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
  if (signal) init.signal = signal;
  if (body instanceof Blob) {
    init.headers = { "content-type": body.type };
    init.body = body;
  } else if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "The server did not answer.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; pointer?: string; keep?: Keep } };
    return new ApiError(response.status, error.code, error.message, error.pointer, error.keep);
  } catch {
    return new ApiError(response.status, "unknown", `The server answered with status ${response.status}.`);
  }
}

export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call("GET", path, undefined, signal)).json()) as T;
}

const of = (site: string) => `?site=${encodeURIComponent(site)}`;

export const api = {
  session: (signal?: AbortSignal) => read<Session>("/api/v1/session", signal),
  signIn: (email: string, password: string) => call("POST", "/api/v1/session", { email, password }),
  signOut: () => call("DELETE", "/api/v1/session"),
  setUp: (code: string, email: string, password: string) => call("POST", "/api/v1/setup", { code, email, password }),
  savePreferences: (preferences: Preferences) => call("PUT", "/api/v1/session/preferences", preferences),
  addSite: (site: string, time_zone: string) => call("POST", "/api/v1/sites", { site, time_zone }),
  live: (site: string, signal?: AbortSignal) => read<Live>(`/api/v1/live${of(site)}`, signal),
  collection: (site: string, signal?: AbortSignal) => read<Collection>(`/api/v1/collection${of(site)}`, signal),
  async ask<K extends keyof Asks>(kind: K, asked: Asks[K], signal?: AbortSignal): Promise<Answers[K]> {
    return (await (await call("POST", `/api/v1/insights/${kind}`, asked, signal)).json()) as Answers[K];
  },
  /** Questions in words become questions, never numbers. */
  async inWords(site: string, text: string, signal?: AbortSignal): Promise<AskAnswer> {
    return (await (await call("POST", `/api/v1/ask${of(site)}`, { text }, signal)).json()) as AskAnswer;
  },
  definitions: (site: string, signal?: AbortSignal) => read<Definitions>(`/api/v1/definitions${of(site)}`, signal),
  history: (site: string, signal?: AbortSignal) => read<HistoryKeeps>(`/api/v1/history${of(site)}`, signal),
  saveDefinition: (site: string, kind: DefinitionKind, name: string, value: unknown) =>
    call("PUT", "/api/v1/definitions", { site, kind, name, value }),
  removeDefinition: (site: string, kind: DefinitionKind, name: string) =>
    call("DELETE", "/api/v1/definitions", { site, kind, name }),
  settings: (site: string, signal?: AbortSignal) => read<Settings>(`/api/v1/settings${of(site)}`, signal),
  saveSettings: (site: string, change: SettingsChange) => call("PUT", "/api/v1/settings", { site, ...change }),
  noise: (site: string, signal?: AbortSignal) => read<NoiseLedger>(`/api/v1/noise${of(site)}`, signal),
  savePlan: (site: string, plan: Plan) => call("PUT", "/api/v1/plan", { site, plan }),
  async purge(site: string, what: PurgeWhat, dry_run: boolean): Promise<PurgeOutcome> {
    return (await (await call("POST", "/api/v1/purges", { site, what, dry_run })).json()) as PurgeOutcome;
  },
  purges: (site: string, signal?: AbortSignal) => read<{ purges: PurgeListed[] }>(`/api/v1/purges${of(site)}`, signal),
  retention: (site: string, signal?: AbortSignal) => read<Retention>(`/api/v1/retention${of(site)}`, signal),
  team: (signal?: AbortSignal) => read<Team>("/api/v1/users", signal),
  invite: async (roles: Role[]) => (await (await call("POST", "/api/v1/users", { roles })).json()) as Invitation,
  setRoles: (id: string, roles: Role[]) => call("PUT", `/api/v1/users/${id}`, { roles }),
  removeUser: (id: string) => call("DELETE", `/api/v1/users/${id}`),
  privacy: (site: string, signal?: AbortSignal) => read<Privacy>(`/api/v1/privacy${of(site)}`, signal),
  erasures: (site: string, signal?: AbortSignal) => read<Erasures>(`/api/v1/erasures${of(site)}`, signal),
  erase: async (site: string, id: string, mode: "fold" | "delete") =>
    (await (await call("POST", "/api/v1/erasures", { site, id, mode })).json()) as Erasure,
  audit: (signal?: AbortSignal) => read<Audit>("/api/v1/audit", signal),
  keys: (signal?: AbortSignal) => read<KeyTree>("/api/v1/keys", signal),
  seeByCode: async (site: string, code: string) =>
    (await (await call("POST", "/api/v1/support/export", { site, code })).json()) as Seen,
  debug: (site: string, signal?: AbortSignal) => read<Debugged>(`/api/v1/debug${of(site)}`, signal),
  egress: (signal?: AbortSignal) => read<Egress>("/api/v1/egress", signal),
  intents: (site: string, signal?: AbortSignal) => read<Intents>(`/api/v1/intents${of(site)}`, signal),
  saveIntents: async (site: string, version: number, definitions: IntentDefinitions) =>
    (await (await call("PUT", `/api/v1/intents${of(site)}&version=${version}`, definitions)).json()) as Intents,
  importIntents: async (site: string, file: { format: IntentForm | "starter"; text?: string; add?: boolean }) =>
    (await (await call("POST", `/api/v1/intents/import${of(site)}`, file)).json()) as Intents,
  exportIntents: async (site: string, format: IntentForm) =>
    (await (await call("POST", `/api/v1/intents/export${of(site)}`, { format })).json()) as { text: string },
  interpret: async (site: string, text: string) =>
    (await (await call("POST", `/api/v1/intents/interpret${of(site)}`, { text })).json()) as Interpreted,
};
