// Items, tags, lists, placements and learning, as the real server answers about them.

const TAGS = ["astronomy", "history", "history/antiquity", "languages", "maps", "open access"];
const TITLES = ["A first look at %", "% in ten minutes", "Common mistakes with %", "%: a reading list", "Field notes on %"];

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export const ITEMS = TAGS.flatMap((tag, t) =>
  TITLES.map((title, n) => ({
    id: `/articles/${tag.replaceAll(/[ /]/g, "-")}-${n}`,
    title: capital(title.replace("%", tag.split("/").at(-1))),
    url: `/articles/${t}-${n}`,
    tags: n === 3 ? [tag, TAGS[(t + 1) % TAGS.length]] : [tag],
    kind: ["article", "course", "download"][n % 3],
    language: n === 4 ? "de" : "en",
    ...(t === 0 && n === 1 ? { hidden: true } : {}),
    ...(t === 1 && n === 1 ? { published: "2027-01-01T00:00:00Z" } : {}),
  })),
);

const batch = (day, n) => ({
  at_ms: Date.parse(`2026-11-${String(day).padStart(2, "0")}T02:00:00Z`),
  version: n,
  outcome: "learnt",
  tier: "linear",
  members: 1200 + 10 * n,
  recall_20: 0.24 + 0.004 * n,
  ndcg_100: 0.19 + 0.003 * n,
  coverage_20: 0.61,
  popularity_ndcg_100: 0.04,
});

export const PLACEMENTS = [
  {
    number: 16,
    name: "home-page",
    logic: "for_you",
    diversity: 0.2,
    explore: 0.1,
    rules: [{ pin: { item: ITEMS[0].id, rank: 0 } }, { boost: { tag: "maps", factor: 2 } }, { exclude: { item: "/articles/gone" } }],
    variants: [
      { name: "control", share: 1 },
      { name: "latest-first", share: 1, logic: "latest" },
    ],
    idle_rules: ["/rules/2/exclude/item"],
  },
];

const ok = (body) => ({ status: 200, body });
const refuse = (status, code, message, pointer) => ({ status, body: { error: { code, message, pointer } } });
const below = (tag, wanted) => tag === wanted || tag.startsWith(`${wanted}/`);

function list(asked, body) {
  const reasons = (item) => {
    const tag = item.tags.find((one) => body.tags?.includes(one));
    const liked = ITEMS.find(({ id }) => body.likes?.includes(id));
    if (tag) return [{ kind: "tag_followed", tag }];
    return liked ? [{ kind: "liked", item: liked.id, title: liked.title }] : [{ kind: "popular" }];
  };
  const fits = ITEMS.filter((item) => !item.hidden && !body.likes?.includes(item.id));
  const first = fits.filter((item) => item.tags.some((tag) => body.tags?.includes(tag)));
  const items = [...first, ...fits.filter((item) => !first.includes(item))].slice(0, body.limit ?? 20);
  const said = (body.tags?.length ?? 0) + (body.likes?.length ?? 0) > 0;
  return ok({
    items: asked.empty ? [] : items.map((item, n) => ({ ...item, reasons: reasons(item), recommendation_id: `0.0.${n}` })),
    computed: { placement: body.placement ?? "default", variant: "control", logic: "for_you", model: 9, tier: "linear", ...(said ? {} : { fallback: "nothing was said to go by: what is popular took its place" }) },
  });
}

function learning(empty) {
  if (empty)
    return {
      model: { version: 0, tier: "content", because: "fewer than 50 members have said three things or more, or what was learnt found no more than popularity does", items: 0, bytes: 0 },
      memory: { limit_mib: 1600, most_rows: 20000, taken_mib: 0 },
      counts: { members: 0, active_members: 0, items: 0, pairs: 0, is_whole: true },
      similar: { epoch: 0, items: 0 },
      waiting: { changed_members: 0, forgetting_hours_left: null, catalogue_changed: false },
      batches: [],
    };
  return {
    model: { version: 9, tier: "linear", because: "on held-back likes the linear model found the most", items: 30, bytes: 166000 },
    memory: { limit_mib: 256, most_rows: 8064, taken_mib: 1 },
    counts: { members: 1290, active_members: 820, items: 30, pairs: 410, is_whole: true },
    similar: { epoch: 4, items: 21 },
    waiting: { changed_members: 30, forgetting_hours_left: 17, catalogue_changed: true },
    batches: Array.from({ length: 9 }, (_, n) => batch(15 + n, n + 1)),
  };
}

function compared(name) {
  const how = "the widget tells it by itself, another application sends `recommendation shown` and `recommendation clicked` with the property `variant`, `PLACEMENT.VARIANT`; counted are visitors of a day, rounded as all answers are";
  const variants = [
    { name: "control", saw: 1240, clicked: 155, beside_control: null },
    { name: "latest-first", saw: 1255, clicked: 110, beside_control: { control_rate: 0.125, variant_rate: 0.0876, lift: -0.299, difference_95: [-0.0617, -0.0131], p_value: 0.0026, test: "two_proportion_z" } },
  ];
  if (name !== "home-page") return { placement: name, how, variants: [{ name: "control", saw: null, clicked: null, beside_control: null }] };
  return { placement: name, how, variants };
}

function upload(text, state) {
  const reasons = [];
  let taken = 0;
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "") return;
    try {
      const item = JSON.parse(line);
      state.items = [...state.items.filter(({ id }) => id !== item.id), item];
      taken += 1;
    } catch {
      reasons.push({ line: at + 1, code: "item_not_an_object", message: "not a JSON object" });
    }
  });
  return ok({ taken, refused: reasons.length, reasons });
}

function found(query, items) {
  const [q, tag, ids] = [query.get("q")?.toLowerCase(), query.get("tag"), query.get("ids")?.split("\n")];
  if (ids) items = [...items, { id: "Odyssey", title: "The Odyssey", tags: [] }];
  const fits = items.filter((item) => (!ids || ids.includes(item.id)) && (!q || item.title.toLowerCase().includes(q)) && (!tag || item.tags?.some((one) => below(one, tag))));
  const [from, limit] = [Number(query.get("cursor") ?? 0), Number(query.get("limit") ?? 20)];
  const more = from + limit < fits.length;
  return ok({ items: fits.slice(from, from + limit), total: fits.length, cursor: more ? String(from + limit) : null, computed: { items: items.length, version: 3 } });
}

/** The answer to a call about these, if it is one. */
export function shelves(method, path, query, body, state) {
  const site = query.get("site");
  const empty = site !== "library.example.org";
  const call = `${method} ${path}`;
  const [, id] = path.match(/^\/items\/(.+)$/) ?? [];
  if (!/^\/(items|tags|models|placements|recommendations)/.test(path)) return undefined;
  if (state.broken) return refuse(503, "overloaded", "the server is busy; nothing was lost");
  if (call === "GET /items") return found(query, empty ? [] : state.items);
  if (call === "POST /items") return upload(body, state);
  if (method === "PATCH" && id) {
    state.items = state.items.map((item) => (item.id === decodeURIComponent(id) ? { ...item, ...body } : item));
    return ok({});
  }
  if (method === "DELETE" && id) {
    state.items = state.items.filter((item) => item.id !== decodeURIComponent(id));
    return { status: 204 };
  }
  if (call === "GET /tags") return ok({ tags: empty ? [] : TAGS.map((tag) => ({ tag, items: ITEMS.filter((item) => item.tags.some((one) => below(one, tag))).length })) });
  if (call === "GET /models") return ok(learning(empty));
  if (call === "GET /models/liked") {
    const counts = [640, 410, 385, 220, 120, 55];
    return ok(empty ? { counted_ms: null, members: null, tags: [], hidden: 0, floor: 10 } : { counted_ms: Date.UTC(2026, 10, 23, 9), members: 1290, tags: TAGS.map((tag, n) => ({ tag, members: counts[n] })), hidden: 4, floor: 10 });
  }
  if (call === "GET /placements") return ok({ placements: empty ? [] : state.placements, built_in: ["default", "similar", "trending", "latest"] });
  if (call === "GET /placements/report") return ok(compared(query.get("name")));
  if (call === "PUT /placements") {
    const pins = (body.rules ?? []).filter((rule) => rule.pin?.rank === 0);
    if (pins.length > 1) return refuse(400, "placement_refused", "rules 0 and 1 contradict each other: two items at one rank", "/rules/1");
    state.placements = [...state.placements.filter(({ name }) => name !== body.name), { ...body, number: 17, idle_rules: [] }];
    return { status: 204 };
  }
  if (call === "DELETE /placements") {
    state.placements = state.placements.filter(({ name }) => name !== query.get("name"));
    return { status: 204 };
  }
  if (call === "POST /recommendations") return list({ empty }, body);
  return undefined;
}
