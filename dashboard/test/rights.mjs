// Accounts, requests of members, audit, keys and support, as the real server answers about them.

export const EVERYTHING = [
  "ask_questions",
  "define",
  "read_settings",
  "configure",
  "add_sites",
  "see_test_events",
  "purge",
  "see_retention",
  "see_keys",
  "see_team",
  "give_roles",
  "appoint_officers",
  "see_by_code",
  "erase",
  "see_privacy",
  "see_items",
  "edit_items",
  "see_egress",
];

export const USERS = [
  { id: "a1", email: "ada@library.example.org", roles: ["owner", "privacy_officer"], you: true },
  { id: "b2", email: "a-rather-long-name.of-somebody@another-provider.example", roles: ["analyst", "viewer"], you: false },
  { id: "c3", email: "sam@library.example.org", roles: ["support"], you: false },
];

const receipt = { receipt: { mode: "fold", receipt_id: "00ff" }, signature: "signed", secret: "s" };
export const REQUESTS = [
  { request_id: "a7551968-d5d6-44b2-9831-815ac9017798", kind: "erasure", state: "in_progress", received: "2026-11-24T13", settled: "2026-11-26T00", mode: "fold", receipts: [receipt] },
  { request_id: "b7551968-d5d6-44b2-9831-815ac9017798", kind: "access", state: "completed", received: "2026-11-20T08", settled: "2026-11-20T08", receipts: [] },
];

const refuse = (status, code, message) => ({ status, body: { error: { code, message } } });

const SEEN = {
  seconds: 300,
  export: {
    held: {
      id: "member-17",
      customer: "City Library",
      stated: { interests: ["astronomy"], tags: [] },
      likes: ["odyssey"],
      consents: { personalisation: { given: true, version: 1, at_s: 0 } },
    },
    recent_activity: [{ about: "2026-11-23 14:15", words: { event: "pageview", page: "/catalogue" } }],
    recent_days: 35,
    not_told: ["What happened before you signed in."],
  },
};

/** The answer to a call about these, if it is one. */
export function rights(method, path, body, state) {
  const [, users, id] = path.match(/^\/(users)(?:\/(\w+))?$/) ?? [];
  if (users) {
    if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
    if (method === "GET") {
      const roles = ["owner", "analyst", "viewer", "support", "privacy_officer"].map((role) => ({ role, may: [], yours_to_give: true }));
      return { status: 200, body: { users: state.users, roles } };
    }
    if (method === "POST") return { status: 201, body: { link: "https://stats.example.org/setup#CODE", hours: 72 } };
    if (method === "PUT" && body.roles.length === 0) return refuse(400, "no_role", "an account has at least one role; to take all, remove it");
    if (method === "PUT") state.users = state.users.map((user) => (user.id === id ? { ...user, roles: body.roles } : user));
    if (method === "DELETE") state.users = state.users.filter((user) => user.id !== id);
    return { status: 204 };
  }
  switch (`${method} ${path}`) {
    case "POST /support/export":
      return body.code.replaceAll(" ", "").toUpperCase() === "ABCDEFGHJ" ? { status: 200, body: SEEN } : refuse(404, "no_code", "no such code is open on this site: a code is good once, for ten minutes");
    case "GET /privacy":
      if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
      return {
        status: 200,
        body: {
          site: "library.example.org",
          floor: 10,
          link: state.quiet ? "day" : "period",
          recent_days: 35,
          oldest_row_day: state.quiet ? null : "2026-10-20",
          oldest_rows_go: state.quiet ? null : "2026-11-25",
          period: ["2026-11-16", "2026-12-20"],
          history: state.quiet ? null : ["2026-01-12", "2026-11-22"],
          members: state.quiet ? null : 1_240,
        },
      };
    case "GET /erasures":
      if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
      return { status: 200, body: { requests: state.quiet ? [] : state.requests, kept_days: 90 } };
    case "POST /erasures": {
      const made = { ...REQUESTS[0], request_id: "c7551968-d5d6-44b2-9831-815ac9017798" };
      state.requests = [made, ...state.requests];
      return { status: 201, body: made };
    }
    case "GET /audit":
      if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
      return {
        status: 200,
        body: {
          entries: state.quiet
            ? []
            : [
                { hour: "2026-11-24T13", by: "staff", who: "ada@library.example.org", deed: "had_forgotten" },
                { hour: "2026-11-24T09", by: "staff", who: null, deed: "saw_by_code" },
                { hour: "2026-11-23T16", by: "command line", who: null, deed: "changed_roles" },
              ],
          kept_days: 90,
        },
      };
    case "GET /keys":
      if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
      return {
        status: 200,
        body: {
          provider: "file",
          epoch: 418,
          replaced_s: 1_795_528_800,
          escrow_window_s: 0,
          retired: 0,
          doubts: state.quiet ? ["not all keys are locked in memory and may be swapped out: raise the limit of locked memory"] : [],
          purposes: [
            { purpose: "warehouse files", keys: 214, oldest_days: 35, youngest_days: 0 },
            { purpose: "members", keys: 1_240, oldest_days: null, youngest_days: null },
          ],
        },
      };
    default:
      return undefined;
  }
}
