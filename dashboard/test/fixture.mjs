// A small server that answers like the real one, with made-up numbers and the same security headers.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { inWords } from "./ask.mjs";
import { DEBUGGED, DEFINITIONS, keepable, product, settings } from "./product.mjs";
import { DEFINED, intents } from "./intents.mjs";
import { EVERYTHING, REQUESTS, rights, USERS } from "./rights.mjs";
import { ITEMS, PLACEMENTS, shelves } from "./shelves.mjs";

const TYPES = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".md": "text/markdown",
};

/** The headers that the product sends with every page. */
export function policy(nonce) {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

const DAY_MS = 86_400_000;
const iso = (ms) => new Date(ms).toISOString().slice(0, 10);
const TODAY = "2026-11-24";
const at = (day) => Date.parse(`${day}T00:00:00Z`);
const plus = (day, days) => iso(at(day) + days * DAY_MS);

/** The same numbers for the same words, always. */
function chance(text) {
  let hash = 2166136261;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
  return ((Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0) % 10007) / 10007;
}
const fives = (n) => Math.round(n / 5) * 5;

const WORDS = {
  source: ["Google", "", "Library newsletter", "Bing", "chatgpt.com", "Wikipedia", "Mastodon", "uni-wien.example", "DuckDuckGo", "Ecosia", "(rare)"],
  channel: ["Organic Search", "Direct", "Email", "Referral", "Organic Social", "AI Assistants"],
  utm_campaign: ["", "autumn-reading", "new-acquisitions", "open-evening"],
  page: ["/", "/catalogue", "/catalogue/search", "/opening-hours", "/account/loans", "/new", "/rooms", "/items/:id", "/blog/how-we-count-without-knowing-you", "/help", "/events/reading-night", "/contact"],
  entry_page: ["/", "/catalogue/search", "/opening-hours", "/items/:id", "/new"],
  exit_page: ["/items/:id", "/opening-hours", "/", "/account/loans", "/rooms"],
  country: ["AT", "DE", "CH", "IT", "CZ", "GB", "US", "FR", "HU", "SK", "NL", "PL", "ES", "SE", "BR", "IN", "JP", "AU", "CA", "TR"],
  region: ["AT-9", "AT-3", "DE-BY", "AT-6", "CH-ZH"],
  browser: ["Chrome", "Firefox", "Safari", "Edge", "Chrome Mobile", "Mobile Safari", "Samsung Internet"],
  os: ["Windows", "Android", "iOS", "macOS", "Linux"],
  device: ["Desktop", "Mobile", "Tablet"],
  screen: ["Desktop", "Mobile", "Laptop", "Tablet"],
  language: ["de", "en", "it", "hu", "cs", "fr"],
  event: ["pageview", "Search", "Bookmark", "Download", "Reserve a room", "Renew loan"],
};

const SITES = [
  { site: "library.example.org", time_zone: "Europe/Vienna", floor: 10, admission: 5, recent_days: 35, development: false },
  { site: "archive.example.org", time_zone: "Europe/Vienna", floor: 10, admission: 5, recent_days: 35, development: false },
  { site: "test.example.org/shop", time_zone: "UTC", floor: 1, admission: 1, recent_days: 35, development: true },
  { site: "new.example.org", time_zone: "Europe/Vienna", floor: 10, admission: 5, recent_days: 35, development: false },
];

function range(period) {
  if (period.from) return [period.from, period.to];
  const day = period.date ?? TODAY;
  const days = { "7d": 7, "28d": 28, "30d": 30, "91d": 91 }[period.preset];
  if (days) return [plus(day, -days), plus(day, -1)];
  if (period.preset === "yesterday") return [plus(day, -1), plus(day, -1)];
  if (period.preset === "24h") return [plus(TODAY, -1), TODAY];
  if (period.preset === "month") return [`${day.slice(0, 7)}-01`, day < TODAY ? day : TODAY];
  if (period.preset === "12mo") return ["2025-11-01", "2026-10-31"];
  if (period.preset === "year") return ["2026-01-01", TODAY];
  if (period.preset === "all") return ["2026-09-01", TODAY];
  return [day, day];
}

function buckets([from, to], interval) {
  const keys = [];
  if (interval === "hour") {
    for (let day = from; day <= to; day = plus(day, 1))
      for (let hour = 0; hour < (day === TODAY ? 15 : 24); hour++) keys.push(`${day}T${String(hour).padStart(2, "0")}:00`);
    return keys;
  }
  if (interval === "month") {
    for (let month = from.slice(0, 7); month <= to.slice(0, 7); ) {
      keys.push(`${month}-01` < from ? from : `${month}-01`);
      const [y, m] = month.split("-").map(Number);
      month = m === 12 ? `${y + 1}-01` : `${y}-${String(m + 1).padStart(2, "0")}`;
    }
    return keys;
  }
  for (let day = from; day <= to; day = plus(day, interval === "week" ? 7 : 1)) keys.push(day);
  return keys;
}

/** People in a bucket: quiet weekends and nights. */
function people(key, interval) {
  const weekend = [0, 6].includes(new Date(at(key.slice(0, 10))).getUTCDay());
  const hour = interval === "hour" ? Math.max(0, Math.sin(((Number(key.slice(11, 13)) - 5) / 19) * Math.PI)) / 11 : 1;
  const scale = { week: 6, month: 26 }[interval] ?? 1;
  const base = weekend && scale === 1 ? 420 : 940;
  const value = fives((base + 300 * chance(key)) * hour * scale);
  return interval === "hour" && value < 10 ? null : value;
}

function measure(metric, visitors, salt) {
  if (visitors === null) return null;
  const c = chance(`${metric}${salt}`);
  switch (metric) {
    case "visitors":
      return visitors;
    case "visits":
      return fives(visitors * (1.1 + 0.1 * c));
    case "pageviews":
    case "events":
      return fives(visitors * (2.6 + c));
    case "views_per_visit":
      return Math.round((2.2 + c) * 100) / 100;
    case "bounce_rate":
      return Math.round(3100 + 1800 * c) / 100;
    case "visit_duration":
    case "time_on_page":
      return Math.round(70 + 130 * c);
    default:
      return Math.round(2000 + 5000 * c) / 100;
  }
}

function refuse(status, code, message) {
  return { status, body: { error: { code, message } } };
}

/** The first day that can be asked anything. */
const ROWS_FROM = "2026-08-01";

/** What history keeps of everything saved. */
function inHistory(definitions) {
  const saved = ["goals", "features", "funnels", "pairs"].flatMap((kind) =>
    Object.entries(definitions[kind]).map(([name, value], at) => {
      const long = (value.window_s ?? 0) > 86_400;
      const by = kind === "features" ? ["customer", "source"] : [];
      return { kind, name, kept: !long, since: long || at > 1 ? null : "2026-06-01", by, why: long ? "history is kept day by day, and its window is longer" : null };
    }),
  );
  return { days: ["2026-01-12", "2026-11-22"], members_since: "2026-01-12", page_to_page_since: "2026-06-01", saved };
}

/** What history tells: each attribute by itself, pairs that it keeps, goals and features that were kept in time. */
function isKept(form, asked, state) {
  if (["goals", "features"].includes(form)) return state.kept;
  if (!["totals", "series", "breakdown"].includes(form)) return false;
  return (asked.filters ?? []).length === 0;
}

function insight(form, asked, state) {
  const filters = asked.filters ?? [];
  if (filters.length > 3) return refuse(403, "too_many_filters", "at most three filters are combined");
  if (filters.some(([, , values]) => values?.includes("/contact"))) return refuse(403, "too_few_people", "filter 1 sets too few people apart");
  const old = asked.period.from !== undefined && asked.period.from < ROWS_FROM;
  if (old && !isKept(form, asked, state)) {
    const message = `the question reaches back to days of which only counts are kept, and they do not tell this; from ${ROWS_FROM} on it can be asked`;
    return { status: 400, body: { error: { code: "not_in_history", message, keep: keepable(form, asked, state) } } };
  }
  if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
  const window = range(asked.period);
  const length = (at(window[1]) - at(window[0])) / DAY_MS + 1;
  const shift = Math.ceil(length / 7) * 7;
  const before = asked.compare ? [plus(window[0], -shift), plus(window[1], -shift)] : null;
  const narrow = filters.reduce((part, filter) => part * (0.12 + 0.3 * chance(JSON.stringify(filter))), 1);
  const empty = asked.site === "archive.example.org" || asked.site === "new.example.org";
  const site = SITES.find((s) => s.site === asked.site) ?? SITES[0];
  const how = {
    life: old ? "history" : "recent",
    floor: site.floor,
    rounded_to: site.floor > 1 && !old ? 5 : 1,
    window,
    compare_window: before,
    time_zone: site.time_zone,
    interval: form === "series" ? (asked.interval ?? "day") : null,
    // The end of the last day, which is an hour before midnight in Greenwich.
    fresh_as_of: old ? `${window[1]}T22:00:00Z` : `${TODAY}T13:50:00Z`,
    partial_last: window[1] >= TODAY,
  };
  /** What the other kinds of answers are made of. */
  function given() {
    const kept = old ? ["on 2 of 20 days nothing of this could be told"] : [];
    const answer = (body, more = {}, groups = 0) => ({ status: 200, body: { ...body, hidden: { groups, floor: site.floor }, how: { ...how, ...more, notes: [...(more.notes ?? []), ...kept] } } });
    answer.words = (dimension) => WORDS[dimension] ?? [];
    answer.buckets = (interval) => buckets(window, interval);
    const wrong = (code, message, pointer) => ({ status: 400, body: { error: { code, message, pointer } } });
    return { chance, people: sum(window), answer, wrong, before, floor: site.floor, state, iso: (days) => plus("2026-09-28", days) };
  }
  const sum = (w) => (empty ? 0 : fives(buckets(w, "day").reduce((n, key) => n + people(key, "day"), 0) * narrow));
  const hidden = { groups: 0, floor: site.floor };
  const made = product(form, asked, given());
  if (made) return made;
  const answer = (rows, total_rows) => ({ status: 200, body: { rows, total_rows, metrics: asked.metrics, hidden, how } });

  if (form === "totals") {
    const of = (w) => asked.metrics.map((m) => (empty && !["visitors", "visits", "pageviews"].includes(m) ? null : measure(m, sum(w), w.join())));
    return answer([{ keys: [], values: of(window), compare: before && of(before), kind: "value" }], 1);
  }
  if (form === "series") {
    const interval = how.interval;
    const now = buckets(window, interval);
    const then = before ? buckets(before, interval) : [];
    const value = (key) => asked.metrics.map((m) => measure(m, empty ? 0 : people(key, interval) === null ? null : fives(people(key, interval) * narrow), key));
    const rows = now.map((key, n) => {
      const values = value(key);
      if (how.partial_last && n === now.length - 1 && values[0] !== null && asked.metrics[0] === "visitors") values[0] = fives(values[0] * 0.55);
      return { keys: [key], values, compare: then[n] ? value(then[n]) : null, kind: "value" };
    });
    return answer(rows, rows.length);
  }
  const named = (word) => filters.find(([operator, dimension]) => operator === "is" && dimension === word)?.[2];
  const words = (named(asked.dimension) ?? WORDS[asked.dimension] ?? []).filter(
    (word) => !asked.search || word.toLowerCase().includes(asked.search.toLowerCase()),
  );
  const total = sum(window);
  if (asked.dimension === "region" && !empty) {
    hidden.groups = 14;
    return answer([], 0);
  }
  if (!empty && site.floor > 1 && !named(asked.dimension) && ["page", "source", "country"].includes(asked.dimension)) hidden.groups = asked.dimension === "page" ? 37 : 6;
  const rows = (empty ? [] : words).map((word, n) => {
    const part = named(asked.dimension) ? 1 : (0.34 / (n + 1) ** 0.9) * (0.85 + 0.3 * chance(word));
    const visitors = fives(total * part);
    const values = asked.metrics.map((m) => (m === "percentage" ? Math.round(part * 100) : measure(m, visitors, word)));
    return { keys: [word], values, compare: null, kind: word === "" ? "none" : word === "(rare)" ? "rare" : "value" };
  });
  if (hidden.groups > 0) {
    const values = asked.metrics.map((m) => (m === "percentage" ? 4 : measure(m, fives(total * 0.041), "other")));
    rows.push({ keys: ["(other)"], values, compare: null, kind: "other" });
  }
  const [by, direction] = asked.order ?? [asked.metrics[0], "desc"];
  const index = asked.metrics.indexOf(by);
  const sign = direction === "asc" ? 1 : -1;
  rows.sort((a, b) => {
    const other = Number(a.kind === "other") - Number(b.kind === "other");
    const order = index < 0 ? a.keys[0].localeCompare(b.keys[0]) : (a.values[index] ?? 0) - (b.values[index] ?? 0);
    return other || sign * order;
  });
  const [offset, limit] = [asked.offset ?? 0, asked.limit ?? 10];
  return answer(rows.slice(offset, offset + limit), rows.length);
}

function collection(site) {
  const young = site === "new.example.org";
  const loose = site.startsWith("test.");
  return {
    site,
    time_zone: "Europe/Vienna",
    policy: { floor: loose ? 1 : 10, admission: loose ? 1 : 5, recent_days: 35, idle_months: 24, gpc: "count-only", grace_hours: 2, languages: true, public_lists: true },
    mode: "learn",
    plan: {
      mode: "learn",
      events: {
        Bookmark: {
          purpose: "To see which items people want to come back to",
          properties: { item: { kind: "item", values: [], purpose: "", sensitive: false } },
        },
        "Reserve a room": {
          purpose: "To plan opening hours of the reading rooms",
          properties: {
            room: { kind: "choice", values: ["small", "large"], purpose: "", sensitive: false },
            access_needs: { kind: "flag", values: [], purpose: "", sensitive: true },
          },
        },
      },
      pages: [],
      sensitive_pages: [],
    },
    snippet: `<script defer data-site="${site}" src="https://stats.example.org/js/outis.js"></script>`,
    not_collected: ["utm_campaign"],
    counters: {
      stored: young ? 0 : 48_210,
      dropped: young
        ? [{ reason: "bot", means: "The user agent is that of a crawler or script.", count: 2 }]
        : [
            { reason: "bot", means: "The user agent is that of a crawler or script.", count: 1_932 },
            { reason: "duplicate", means: "An event with the same insert id was stored within the last day.", count: 41 },
          ],
      rewritten: young
        ? []
        : [
            { reason: "path_template", means: "A path was shortened to its longest admitted prefix.", count: 3_120 },
            { reason: "personal_value", means: "A value looked like personal data and was left out.", count: 7 },
          ],
    },
    first_day: young ? null : "2026-09-01",
  };
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (request.headers["content-type"] === "application/x-ndjson") return text;
  return text === "" ? undefined : JSON.parse(text);
}

function api(method, url, body, state) {
  const path = url.pathname.replace("/api/v1", "");
  const session = `${method} ${path}`;
  if (session === "POST /session") {
    if (body.password !== "correct horse battery") return refuse(401, "unauthorized", "wrong");
    state.signedIn = true;
    return { status: 204 };
  }
  if (session === "POST /setup") {
    if (body.code !== "CODE") return refuse(400, "setup_code", "the setup link is used up");
    state.signedIn = true;
    state.sites = [];
    return { status: 204 };
  }
  if (!state.signedIn) return refuse(401, "unauthorized", "sign in first");
  if (session === "DELETE /session") {
    state.signedIn = false;
    return { status: 204 };
  }
  if (session === "GET /session") return { status: 200, body: { email: "ada@library.example.org", roles: state.roles, may: state.may, preferences: state.preferences, sites: state.sites } };
  if (session === "PUT /session/preferences") {
    state.preferences = body;
    return { status: 204 };
  }
  if (session === "POST /sites") {
    state.sites = [...state.sites, { site: body.site, time_zone: body.time_zone, floor: 10, admission: 5, recent_days: 35, development: false }];
    return { status: 201 };
  }
  const site = url.searchParams.get("site");
  const meant = intents(method, path, body, state);
  if (meant) return meant;
  const people = rights(method, path, body, state, site);
  if (people) return people;
  const lists = shelves(method, path, url.searchParams, body, state);
  if (lists) return lists;
  if (session === "GET /live") return { status: 200, body: { about: site === "library.example.org" ? 30 : null, floor: 10, minutes: 5 } };
  if (session === "GET /collection") return { status: 200, body: collection(site) };
  if (session === "GET /definitions") return { status: 200, body: site === "library.example.org" ? state.definitions : { goals: {}, features: {}, funnels: {}, segments: {}, pairs: {} } };
  if (session === "GET /history") return { status: 200, body: site === "library.example.org" ? inHistory(state.definitions) : { days: null, members_since: null, page_to_page_since: null, saved: [] } };
  if (session === "PUT /definitions") {
    if (state.reader) return refuse(403, "forbidden", "this account may not change what is saved");
    if (body.kind === "pairs" && new Set(body.value).size !== 2) return refuse(400, "pair_of_one", "a pair is two different attributes");
    if (JSON.stringify(body.value).includes("Nothing")) return refuse(400, "event_unknown", "no event of this name has been admitted");
    state.definitions = { ...state.definitions, [body.kind]: { ...state.definitions[body.kind], [body.name]: body.value } };
    return { status: 204 };
  }
  if (session === "DELETE /definitions") {
    const { [body.name]: _, ...rest } = state.definitions[body.kind];
    state.definitions = { ...state.definitions, [body.kind]: rest };
    return { status: 204 };
  }
  if (session === "GET /settings") {
    if (state.forbidden) return refuse(403, "forbidden", "only owners of this installation may see its settings");
    return { status: 200, body: { ...settings(site, collection(site)), ...state.changed } };
  }
  if (session === "PUT /settings") {
    if (body.policy && body.policy.recent_days > 92) return refuse(400, "policy_out_of_range", "recent rows are kept 1 to 92 days");
    const { site: _, ...change } = body;
    state.changed = { ...state.changed, ...change };
    return { status: 204 };
  }
  if (session === "GET /noise") {
    const epsilon = state.changed.policy?.noise?.epsilon;
    const days = [{ day: "2026-11-22", epsilon: 2 }, { day: "2026-11-23", epsilon: 2 }];
    return { status: 200, body: { epsilon, most: 2, total: 4, days } };
  }
  if (session === "PUT /plan") {
    if (Object.keys(body.plan.events).includes("")) return { status: 400, body: { error: { code: "plan_invalid", message: "a name needs 1 to 120 characters", pointer: "/plan/events/" } } };
    state.changed = { ...state.changed, plan: body.plan };
    return { status: 204 };
  }
  if (session === "GET /retention") {
    const store = (store, oldest_days, limit_days) => ({ store, oldest_days, limit_days, overdue: oldest_days > limit_days });
    return { status: 200, body: { idle_months: 24, stores: [store("recent rows", 34, 36), store("link files", null, 37), store("members", 211, 732)] } };
  }
  if (session === "GET /purges") return { status: 200, body: { purges: state.purged } };
  if (session === "POST /purges") {
    const kind = Object.keys(body.what).find((key) => key !== "dimension" && key !== "to") ?? "days";
    const told = { state: "planned", id: null, kind, words: 2, recent: { events: 25, visitors: 25, fewer_than: null }, days: null, cells: 14, spans_in_part: 0, definitions: [{ kind: "goals", name: "Joined" }], plan: [], notes: ["a word is admitted again if it comes again from enough people"] };
    if (body.what.page && !body.what.page.startsWith("/")) return refuse(400, "purge_text_malformed", "a text has 1 to 512 bytes; a page begins with /");
    if (body.dry_run) return { status: 200, body: told };
    const done = { id: "a1b2", day: TODAY, kind, state: "done", words: 2, days: 3, cells: 14, spans_in_part: 0 };
    state.purged = [done, ...state.purged];
    return { status: 200, body: { ...told, state: "done", id: "a1b2", days: 3 } };
  }
  if (session === "GET /debug") return { status: 200, body: site === "library.example.org" ? DEBUGGED : { events: [] } };
  if (session === "POST /ask") return { status: 200, body: inWords(body) };
  const form = path.match(/^\/insights\/(\w+)$/)?.[1];
  if (method === "POST" && form) return insight(form, body, state);
  return refuse(404, "not_found", "there is no such call");
}

/** What the server knows before anybody did anything. */
export function fresh() {
  return { signedIn: true, preferences: {}, sites: SITES, broken: false, forbidden: false, members: true, kept: false, reader: false, definitions: DEFINITIONS, changed: {}, purged: [], roles: ["owner", "privacy_officer", "support"], may: EVERYTHING, users: USERS, requests: REQUESTS, quiet: false, items: ITEMS, placements: PLACEMENTS, intents: DEFINED };
}

/** Starts on a free port of this machine. `state` can be changed while it runs. */
export async function start(dist) {
  const state = fresh();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    try {
      if (url.pathname.startsWith("/api/")) {
        const body = await bodyOf(request);
        const answer = api(request.method, url, body, state);
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
        return;
      }
      if (url.pathname.startsWith("/assets/")) {
        const bytes = await readFile(join(dist, normalize(url.pathname)));
        response.writeHead(200, { "content-type": TYPES[extname(url.pathname)] ?? "application/octet-stream" });
        response.end(bytes);
        return;
      }
      const nonce = randomBytes(16).toString("base64");
      const page = (await readFile(join(dist, "index.html"), "utf8")).replace("__CSP_NONCE__", nonce);
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy(nonce) });
      response.end(page);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${server.address().port}`, state, stop: () => server.close() };
}
