// Intents and what leaves the server, as the real server answers about them.

export const DEFINED = {
  languages: ["en", "de"],
  intents: [
    { name: "find_content", action: "find_content", examples: ["find articles about [open access](topic)", "search for [archives](topic)", "is there anything on [open access](topic)"], slots: { topic: { type: "tag", many: true } } },
    { name: "recommend", action: "recommend", examples: ["recommend something", "what should i read next", "any suggestions for me"] },
    { name: "forget_me", action: "forget_me", examples: ["forget me", "delete my data", "erase everything about me"] },
    { name: "open_ticket", action: { webhook: "tickets" }, examples: ["the [printer](thing) is broken", "my [screen](thing) does not work"], slots: { thing: { type: "choice", list: "things", open: true, required: true } } },
  ],
  lists: { things: [{ value: "printer", synonyms: ["copier"] }, { value: "screen", synonyms: ["monitor", "display"] }] },
};

const CONFUSION = [
  { intent: "find_content", told: "find_content", examples: 3 },
  { intent: "recommend", told: "recommend", examples: 2 },
  { intent: "recommend", told: "find_content", examples: 1 },
  { intent: "forget_me", told: "forget_me", examples: 3 },
  { intent: "open_ticket", told: "open_ticket", examples: 1 },
  { intent: "open_ticket", examples: 1 },
];

const TOLD = {
  decision: "accepted",
  intent: "find_content",
  confidence: 0.93,
  slots: [{ slot: "topic", value: { tag: "open-access" }, by: "gazetteer", span: { start: 20, end: 31 } }],
  arguments: { topic: "open-access" },
  action: "find_content",
  missing: [],
  needs_confirmation: false,
  alternatives: [{ intent: "recommend", confidence: 0.04 }],
  unknown: [{ start: 5, end: 13 }],
  model: { version: 3, languages: ["en", "de"] },
};
const OUT = { decision: "out_of_scope", out_of_scope: "nothing_known", intent: null, confidence: 0, slots: [], arguments: {}, action: null, missing: [], needs_confirmation: false, alternatives: [], unknown: [] };

export const EGRESS = {
  destinations: [{ name: "tickets", host: "app.example.org" }],
  waiting: 2,
  kept_days: 90,
  lines: [
    { hour: "2026-11-24T13", destination: "tickets", kind: "intent", outcome: "delivered", attempts: 12, bytes: 1240 },
    { hour: "2026-11-24T13", destination: "tickets", kind: "intent", outcome: "unreachable", attempts: 3, bytes: 310 },
    { hour: "2026-11-23T09", destination: "tickets", kind: "intent", outcome: "blocked", attempts: 1, bytes: 0 },
  ],
};

const refuse = (status, code, message, pointer) => ({ status, body: { error: { code, message, pointer } } });

/** The answer to a call about these, if it is one. */
export function intents(method, path, body, state) {
  const told = () => {
    const none = state.intents.intents.length === 0;
    return { version: none ? 0 : 3, state: none ? "none" : "ready", ...(none ? {} : { answers: 3, learnt: "2026-11-24T13:50:00Z" }), definitions: state.intents, confusion: none ? [] : CONFUSION };
  };
  switch (`${method} ${path}`) {
    case "GET /egress":
      return { status: 200, body: state.quiet ? { destinations: [], waiting: 0, kept_days: 90, lines: [] } : EGRESS };
    case "GET /intents":
      if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
      return { status: 200, body: told() };
    case "PUT /intents": {
      const wrong = body.intents.findIndex(({ examples }) => examples.length === 0);
      if (wrong >= 0) return refuse(400, "definitions_malformed", "it is empty", `/intents/${wrong}/examples`);
      state.intents = body;
      return { status: 200, body: { ...told(), version: 4 } };
    }
    case "POST /intents/import":
      if (body.format === "starter" || body.text.includes("intents")) {
        state.intents = DEFINED;
        return { status: 200, body: { ...told(), version: 4, left_out: body.format === "rasa" ? ["regex zip, line 12"] : [] } };
      }
      return refuse(400, "definitions_malformed", "line 1 is malformed or has a key that is not known there");
    case "POST /intents/export":
      return { status: 200, body: { text: "[[intents]]\nname = \"find_content\"\n" } };
    case "POST /intents/interpret":
      return { status: 200, body: /[a-z]/.test(body.text) ? TOLD : OUT };
    default:
      return undefined;
  }
}
