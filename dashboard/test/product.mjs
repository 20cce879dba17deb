// Made-up answers to the questions of product analytics, in the shapes of the real server.

const fives = (n) => (n === null ? null : Math.round(n / 5) * 5);
const two = (n) => Math.round(n * 100) / 100;
const share = (part, whole) => (part === null || whole === null || whole === 0 ? null : two((100 * part) / whole));

/** What staff of the library have saved. */
export const DEFINITIONS = {
  goals: {
    "Reserved a room": { event: "Reserve a room" },
    "Searched the catalogue": { event: "Search" },
    "Read opening hours": { page: "/opening-hours", scroll: 50 },
    "Saw their loans": { page: "/account/**" },
  },
  features: {
    "Catalogue search": { events: [{ event: "Search" }] },
    "Room reservation": { events: [{ event: "Reserve a room" }, { page: "/rooms" }] },
    Renewal: { events: [{ event: "Renew loan" }] },
    Bookmarks: { events: [{ event: "Bookmark" }] },
  },
  funnels: {
    "From search to download": { steps: [{ page: "/" }, { event: "Search" }, { page: "/items/*" }, { event: "Download" }] },
    "Reserve a room": { steps: [{ page: "/rooms" }, { event: "Reserve a room" }], window_s: 1800, order: "strict" },
    "Search, with help or without": {
      steps: [{ event: "Search" }, { page: "/help", optional: true }, { event: "Download" }],
      exclude: [{ event: "Bookmark", after: 0, before: 2 }],
      hold: "item",
      group: "device",
    },
  },
  segments: {
    "On a phone": { filters: [["is", "device", ["Mobile"]]] },
    "From the newsletter": { filters: [["is", "channel", ["Email"]]] },
    "From Austria": { filters: [["is", "country", ["AT"]]] },
  },
  pairs: {},
};

/** What would have to be saved for history to tell it; undefined if nothing can. */
export function keepable(form, asked, state) {
  if (form === "breakdown" && asked.filters?.length === 1) {
    const [one, other] = [asked.dimension, asked.filters[0][1]];
    const name = (word) => word.replace("utm_", "");
    return { kind: "pairs", name: `${name(one)} x ${name(other)}`, value: [one, other] };
  }
  if (form === "funnel") {
    const { site: _s, period: _p, filters: _f, over_time: _o, ...value } = asked;
    return { kind: "funnels", name: "Funnel of old days", value };
  }
  if (form === "goals") {
    const [name, value] = Object.entries(state.definitions.goals)[0] ?? [];
    return name && { kind: "goals", name: `${name}, kept`, value };
  }
  return undefined;
}

const nameOf = (selector) => selector.label ?? selector.event ?? selector.page ?? selector.goal ?? selector.feature ?? "";

function funnel(asked, { chance, people, answer, wrong, floor }) {
  const unknown = asked.steps.findIndex((step) => step.event === "Nothing");
  if (unknown >= 0) return wrong("event_unknown", "no event of this name has been admitted", `/steps/${unknown}/event`);
  let visitors = fives(people * 0.4);
  const steps = asked.steps.map((step, at) => {
    const before = visitors;
    if (at > 0) visitors = fives(visitors * (0.32 + 0.5 * chance(`${at}${nameOf(step)}`)));
    if (visitors < floor) visitors = visitors === 0 ? 0 : null;
    return { step, visitors, before: at > 0 ? before : null };
  });
  const first = steps[0].visitors;
  const last = steps.at(-1).visitors;
  const rows = steps.map(({ step, visitors: now, before }) => ({
    label: nameOf(step),
    visitors: now,
    of_first: share(now, first),
    of_previous: before === null ? null : share(now, before),
    dropped: before === null || now === null ? null : before - now,
    median_s: before === null || now === null ? null : Math.round(20 + 400 * chance(nameOf(step))),
    optional: step.optional === true,
  }));
  const spread = [0.08, 0.21, 0.3, 0.19, 0.12, 0.07, 0.03];
  const edges = [0, 30, 60, 300, 900, 3600, 14400, null];
  const more = {};
  if (asked.group) {
    more.groups = answer.words(asked.group).slice(0, 6).map((key, n) => {
      const part = 0.4 / (n + 1);
      const list = rows.map((row) => (row.visitors === null || row.visitors * part < floor ? null : fives(row.visitors * part * (0.8 + 0.4 * chance(key + row.label)))));
      return { key, kind: key === "" ? "none" : "value", visitors: list, conversion: share(list.at(-1), list[0]) };
    });
  }
  if (asked.over_time) {
    more.over_time = answer.buckets(asked.over_time).map((key) => {
      const entered = fives(60 + 80 * chance(key));
      const converted = fives(entered * (0.1 + 0.25 * chance(`c${key}`)));
      return { key, entered, converted, conversion: share(converted, entered) };
    });
  }
  return answer(
    {
      steps: rows,
      conversion: share(last, first),
      ...more,
      time_to_convert: {
        median_s: last ? 184 : null,
        buckets: spread.map((part, n) => ({ from_s: edges[n], to_s: edges[n + 1], visitors: last ? (last * part < floor ? null : fives(last * part)) : 0 })),
      },
    },
    { mode: asked.order ?? "ordered", window_s: asked.window_s ?? 86_400, unit: "visitors of a day", notes: ["the latest start that still fits counts"] },
    asked.group ? 3 : 0,
  );
}

function goals(asked, { chance, people, answer, state, before }) {
  const saved = Object.entries(state.definitions.goals);
  const row = (goal, selector, part) => {
    const uniques = people === 0 ? 0 : fives(people * part * (0.05 + 0.2 * chance(goal)));
    const total = fives(uniques * (1.1 + chance(`t${goal}`)));
    return {
      goal,
      kind: selector.scroll ? "scroll" : selector.page ? "page" : "event",
      uniques,
      total,
      conversion_rate: share(uniques, people) ?? null,
      revenue: selector.event === "enrol" && uniques > 0 ? total * 20 : null,
      average_revenue: selector.event === "enrol" && uniques > 0 ? 20 : null,
      currency: selector.event === "enrol" && uniques > 0 ? "EUR" : null,
      compare: before ? { uniques: fives(uniques * (0.8 + 0.3 * chance(`b${goal}`))), total, conversion_rate: two(5 + 10 * chance(`r${goal}`)) } : null,
    };
  };
  const rows = asked.group
    ? saved.flatMap(([goal, selector]) =>
        answer.words(asked.group).slice(0, 4).map((key, n) => ({ ...row(goal, selector, 0.4 / (n + 1)), key, kind: "value", group_conversion_rate: two(4 + 12 * chance(key + goal)) })),
      )
    : saved.map(([goal, selector]) => row(goal, selector, 1));
  const suggestions = [
    { selector: { event: "Renew loan" }, label: "Renew loan", visitors: fives(people * 0.05) },
    { selector: { page: "/contact" }, label: "Visited /contact", visitors: fives(people * 0.03) },
  ].filter((one) => people > 0 && !state.definitions.goals[one.label]);
  return answer({ rows, suggestions }, { unit: "visitors of a day" }, asked.group ? 5 : 0);
}

function attribution(asked, { chance, people, answer }) {
  const all = answer.words(asked.dimension).map((key, n) => ({ key, kind: key === "" ? "none" : key === "(rare)" ? "rare" : "value", conversions: fives(people * 0.06 * (1 / (n + 1)) * (0.7 + 0.6 * chance(key + asked.model))) }));
  const rows = all.filter((row) => row.conversions >= 10).sort((a, b) => b.conversions - a.conversions);
  const sum = rows.reduce((n, row) => n + row.conversions, 0);
  return answer({ rows: rows.map((row) => ({ ...row, share: share(row.conversions, sum) })) }, { mode: asked.model, notes: ["touches of the same day count; days before it are not joined"] }, people > 0 ? all.length - rows.length : 0);
}

function segmentation(asked, { chance, people, answer, wrong, before, floor }) {
  const unknown = asked.events.findIndex((event) => event.event === "Nothing");
  if (unknown >= 0) return wrong("event_unknown", "no event of this name has been admitted", `/events/${unknown}/event`);
  if (asked.formula?.includes("(Z)")) return wrong("formula_invalid", "the formula names an event that is not there", "/formula");
  const measure = asked.measure ?? "uniques";
  const labels = measure === "frequency" ? [] : answer.buckets(asked.interval ?? "day");
  const keys = asked.group ? answer.words(asked.group).slice(0, 4) : [null];
  const segments = asked.segments ?? [null];
  const events = asked.formula ? [{ label: asked.formula }] : asked.events;
  const series = events.flatMap((event, nth) =>
    segments.flatMap((segment) =>
      keys.map((key, n) => {
        const label = [nameOf(event), segment, key].filter((part) => part !== null).join(" · ");
        const size = (0.1 + 0.5 * chance(nameOf(event))) * (segment === null ? 1 : 0.2 + 0.4 * chance(segment)) * (key === null ? 1 : 0.5 / (n + 1));
        const of = (bucket) => {
          const base = (people / 28) * size * (0.75 + 0.5 * chance(bucket + label));
          if (asked.formula || measure === "active_percent") return two(8 + 20 * chance(bucket + label));
          if (measure === "average" || measure.startsWith("property")) return two(1 + 3 * chance(bucket + label));
          const value = fives(base * (measure === "totals" ? 1.8 : 1));
          return value > 0 && value < floor ? null : value;
        };
        const common = { label, event: asked.formula ? null : nth, segment, key, kind: key === "" ? "none" : "value" };
        if (measure === "frequency") {
          const parts = [0.55, 0.2, 0.1, 0.1, 0.05];
          const ranges = [[1, 1], [2, 2], [3, 3], [4, 9], [10, null]];
          const total = fives(people * size);
          return { ...common, total, buckets: ranges.map(([from, to], m) => ({ from, to, visitors: fives(total * parts[m]) })) };
        }
        const points = people === 0 ? labels.map(() => 0) : labels.map(of);
        const summed = points.every((point) => Number.isInteger(point));
        const total = summed ? points.reduce((a, b) => a + b, 0) : two(points.reduce((a, b) => a + (b ?? 0), 0) / Math.max(1, points.length));
        return { ...common, total, points, compare_total: before ? fives(total * 0.93) : null, compare: before ? labels.map((label2) => of(`b${label2}`)) : null };
      }),
    ),
  );
  return answer({ labels, series, measure }, { unit: "visitors of a day", interval: asked.interval ?? "day", notes: ["visitors of several days are added up, because no number outlives a day"] }, asked.group ? 9 : 0);
}

function journeys(asked, { chance, people, answer, floor, wrong }) {
  const depth = asked.depth ?? 5;
  const top = asked.top ?? 8;
  const grouped = (word) => asked.groups?.find(({ pattern }) => word.startsWith(pattern.replace("**", "")))?.name ?? word;
  const words = [...new Set(answer.words(asked.unit === "events" ? "event" : "page").map(grouped))];
  const wrongGroup = asked.groups?.some(({ pattern }) => !pattern.startsWith("/"));
  if (wrongGroup) return wrong("group_malformed", "a group has a name of 1 to 100 bytes and a pattern that begins with a slash", "/groups");
  const prefix = asked.prefix ?? [];
  const start = asked.from ?? asked.to;
  const visits = fives(people * 1.1 * (start ? 0.3 : 1));
  const columns = [];
  const flows = [];
  let alive = visits;
  for (let column = 0; column < depth && alive >= floor; column++) {
    const names = prefix[column] ? [prefix[column]] : column === 0 && start ? [nameOf(start)] : words.slice(0, Math.min(top, words.length, 6));
    const raw = names.map((name, n) => (1 / (n + 1)) * (0.5 + chance(name + column)));
    const sum = raw.reduce((a, b) => a + b, 0) * (names.length === 1 ? 1 : 1.12);
    const isGroup = (key) => asked.groups?.some(({ name }) => name === key) || undefined;
    const nodes = names.map((key, n) => ({ key, kind: "value", group: isGroup(key), visits: fives((alive * raw[n]) / sum) })).filter((node) => node.visits >= floor);
    if (names.length > 1) {
      const rest = alive - nodes.reduce((n, node) => n + node.visits, 0);
      if (rest >= floor) nodes.push({ key: "(other)", kind: "other", visits: rest });
    }
    columns.push(nodes.map((node) => ({ ...node, dropped: fives(node.visits * (0.35 + 0.25 * chance(`${node.key}d${column}`))) })));
    alive = fives(columns[column].reduce((n, node) => n + node.visits - node.dropped, 0));
  }
  for (let column = 0; column + 1 < columns.length; column++) {
    const next = columns[column + 1];
    const total = next.reduce((n, node) => n + node.visits, 0);
    columns[column].forEach((node, from) => {
      next.forEach((other, to) => {
        const size = fives(((node.visits - node.dropped) * other.visits) / total);
        if (size >= floor) flows.push({ column, from, to, visits: size });
      });
    });
  }
  const paths = people === 0 ? [] : [0, 1, 2, 3].map((n) => ({ steps: words.slice(n, n + 3), visits: fives((visits * 0.06) / (n + 1)) })).filter((path) => path.visits >= floor);
  return answer({ columns: people === 0 ? [] : columns, flows: people === 0 ? [] : flows, paths, visits }, { mode: asked.direction ?? "forward", unit: "visits" }, people === 0 ? 0 : 21);
}

function visits(_, { chance, people, answer, floor }) {
  const all = fives(people * 1.1);
  const edges = [0, 10, 30, 60, 180, 600, 1800, null];
  const parts = [0.31, 0.12, 0.11, 0.19, 0.17, 0.08, 0.02];
  const pages = [[1, 1, 0.42], [2, 2, 0.18], [3, 3, 0.12], [4, 6, 0.16], [7, 10, 0.08], [11, null, 0.04]];
  const hours = Array.from({ length: 7 }, (_d, day) =>
    Array.from({ length: 24 }, (_h, hour) => {
      const value = fives(Math.max(0, Math.sin(((hour - 5) / 18) * Math.PI)) * (people / 500) * (day > 4 ? 0.4 : 1) * (0.7 + 0.6 * chance(`${day}${hour}`)));
      return value > 0 && value < floor ? null : value;
    }),
  );
  return answer(
    {
      duration: parts.map((part, n) => ({ from_s: edges[n], to_s: edges[n + 1], visits: fives(all * part) })),
      depth: pages.map(([from, to, part]) => ({ from, to, visits: fives(all * part) })),
      hours,
      medians: { duration_s: people === 0 ? null : 74, pages: people === 0 ? null : 2 },
    },
    { unit: "visits" },
  );
}

function features(asked, { chance, people, answer, state, before, floor }) {
  const labels = answer.buckets("day").slice(-28);
  const rows = Object.keys(state.definitions.features).map((feature) => {
    const visitors = people === 0 ? 0 : fives(people * (0.02 + 0.3 * chance(feature)));
    const uses = fives(visitors * (1.2 + chance(`u${feature}`)));
    const adoption = share(visitors, people);
    return {
      feature,
      visitors,
      adoption,
      uses,
      uses_per_visitor: visitors ? two(uses / visitors) : null,
      repeat_rate: visitors ? two(12 + 40 * chance(`r${feature}`)) : null,
      previous: before ? { visitors: fives(visitors * (0.8 + 0.3 * chance(`p${feature}`))), adoption: adoption === null ? null : two(adoption * 0.95) } : null,
      trend: labels.map((label) => (visitors / 28 < floor ? null : fives((visitors / 28) * (0.6 + 0.8 * chance(label + feature))))),
      customers: people === 0 ? [] : ["University of Vienna", "City library", "Museum school"].map((key, n) => ({ key, visitors: n === 2 ? null : fives((visitors * 0.3) / (n + 1)), adoption: n === 2 ? null : two(10 + 30 * chance(key + feature)) })),
    };
  });
  rows.sort((a, b) => b.visitors - a.visitors);
  return answer({ rows, labels }, { unit: "visitors of a day" });
}

function composition(asked, { chance, people, answer, floor }) {
  const list = answer.words(asked.dimension).map((key, n) => ({ key, kind: key === "" ? "none" : "value", visitors: fives((people * 0.4 * (0.8 + 0.4 * chance(key))) / (n + 1.3)) }));
  const rows = list.filter((row) => row.visitors >= floor);
  const sum = rows.reduce((n, row) => n + row.visitors, 0);
  const rest = fives(people - Math.min(people, sum));
  const all = rest >= floor ? [...rows, { key: "(other)", kind: "other", visitors: rest }] : rows;
  return answer({ rows: all.map((row) => ({ ...row, percent: share(row.visitors, Math.max(people, sum)) })) }, { unit: "visitors of a day" }, people > 0 ? 4 : 0);
}

function engagement(_, { chance, people, answer }) {
  const rows = people === 0 ? [] : answer.words("event").map((event) => {
    const visitors = fives(people * (0.03 + 0.6 * chance(`e${event}`)));
    return { event, visitors, percent: share(visitors, people), per_visitor: two(1 + 5 * chance(`f${event}`)) };
  });
  return answer({ rows, medians: { percent: people === 0 ? null : 24.5, per_visitor: people === 0 ? null : 2.6 } }, { unit: "visitors of a day" });
}

const ITEMS = ["Odyssey", "A history of jazz", "Birds of the Alps", "Vienna 1900", "How to count", "The forest atlas", "Letters of a librarian", "Small gardens", "Maps of the Danube", "Winter birds", "On silence", "The paper mill"];
const TAGS = ["music", "history", "nature", "maps", "Vienna", "children", "poetry"];

function items(asked, { chance, people, answer }) {
  const words = (asked.by === "tag" ? TAGS : ITEMS).filter((word) => !asked.search || word.toLowerCase().includes(asked.search.toLowerCase()));
  const rows = people === 0 ? [] : words.map((key, n) => {
    const visitors = fives((people * 0.08 * (0.7 + 0.6 * chance(key))) / (n * 0.5 + 1));
    const of = (part) => { const value = fives(visitors * part * (0.5 + chance(key + part))); return value < 10 ? null : value; };
    return { key, kind: "value", views: fives(visitors * 1.4), downloads: of(0.2), clickthroughs: of(0.12), likes: of(0.06), bookmarks: of(0.1), visitors };
  });
  const [by, direction] = asked.order ?? ["views", "desc"];
  rows.sort((a, b) => (direction === "asc" ? 1 : -1) * (by === "key" ? a.key.localeCompare(b.key) : (a[by] ?? 0) - (b[by] ?? 0)));
  const [offset, limit] = [asked.offset ?? 0, asked.limit ?? 10];
  return answer({ rows: rows.slice(offset, offset + limit), total_rows: rows.length }, { unit: "visitors of a day" }, people === 0 ? 0 : 48);
}

function retention(asked, { chance, answer, state, iso }) {
  const members = state.members !== false;
  const note = "members are known by a signed identity token only; there have been none yet";
  const columns = asked.mode === "brackets" ? (asked.brackets ?? []).map(([a, b]) => `${asked.interval} ${a} to ${b - 1}`) : Array.from({ length: 8 }, (_c, n) => `${asked.interval === "day" ? "Day" : "Week"} ${n}`);
  if (!members) return answer({ cohorts: [], total: [], columns }, { notes: [note], unit: "members" });
  const curve = (n, salt) => (n === 0 ? 100 : two((62 / n ** 0.55) * (0.75 + 0.5 * chance(salt))));
  const cohorts = Array.from({ length: 8 }, (_c, row) => {
    const size = fives(60 + 180 * chance(`size${row}`));
    const cells = columns.map((_label, n) => {
      if (n > 7 - row) return undefined;
      const percent = curve(n, `${row}-${n}`);
      const count = fives((size * percent) / 100);
      return count < 10 ? { members: null, percent: null, complete: n < 7 - row } : { members: count, percent, complete: n < 7 - row };
    });
    return { key: iso(row * 7), size, cells: cells.filter(Boolean) };
  });
  const total = columns.map((_label, n) => ({ percent: curve(n, `t${n}`), complete: n < 7 }));
  return answer({ cohorts, total, columns }, { unit: "members", mode: asked.mode ?? "n_day", notes: ["a cohort is the week in which members first signed in"] });
}

function lifecycle(asked, { chance, answer, state, iso }) {
  const labels = Array.from({ length: 8 }, (_l, n) => iso(n * 7));
  const day_labels = Array.from({ length: 28 }, (_l, n) => iso(28 + n));
  if (state.members === false) {
    const none = labels.map(() => 0);
    return answer({ labels, series: { new: none, returning: none, resurrected: none, dormant: none }, actives: { day: day_labels.map(() => 0), week: none, period: [0, 0] }, day_labels, stickiness: [] }, { notes: ["there have been no members yet"], unit: "members" });
  }
  const of = (name, base) => labels.map((label, n) => (name === "resurrected" && n < 2 ? null : fives(base * (0.7 + 0.6 * chance(name + label)))));
  return answer(
    {
      labels,
      series: { new: of("new", 120), returning: of("returning", 310), resurrected: of("resurrected", 45), dormant: of("dormant", 95) },
      actives: { day: day_labels.map((label, n) => fives([5, 6].includes(n % 7) ? 60 : 140 + 60 * chance(label))), week: of("week", 430), period: [1180, 1240] },
      day_labels,
      stickiness: [1, 2, 3, 4, 5, 6, 7].map((days) => ({ days, percent: days === 7 ? null : two(52 / days ** 1.4) })),
    },
    { unit: "members", interval: asked.interval },
  );
}

function ab(asked, { chance, people, answer }) {
  const side = (which) => {
    const salt = JSON.stringify(asked[which]);
    const visitors = fives(people * (0.15 + 0.2 * chance(salt)));
    const converted = fives(visitors * (0.08 + 0.07 * chance(`c${salt}`)));
    const rate = share(converted, visitors);
    return { visitors, converted, rate, low: rate === null ? null : two(rate - 0.9), high: rate === null ? null : two(rate + 0.9) };
  };
  const [a, b] = [side("a"), side("b")];
  const known = a.rate !== null && b.rate !== null && a.converted >= 10 && b.converted >= 10;
  const difference = known ? two(b.rate - a.rate) : null;
  return answer(
    {
      a,
      b,
      difference,
      low: known ? two(difference - 1.3) : null,
      high: known ? two(difference + 1.3) : null,
      p_value: known ? (Math.abs(difference) > 1.3 ? 0.004 : 0.31) : null,
      significant: known ? Math.abs(difference) > 1.3 : null,
      test: "two-proportion z-test, Newcombe interval, 95%",
      assumptions: ["people were not assigned at random: the groups may differ in other ways", "a person on several days counts on each of them"],
    },
    { unit: "visitors of a day" },
  );
}

const KINDS = { funnel, goals, attribution, segmentation, journeys, visits, features, composition, engagement, items, retention, lifecycle, ab };

/** The answer to a question of product analytics; undefined for another kind. */
export function product(kind, asked, given) {
  return KINDS[kind]?.(asked, given);
}

/** What `GET /api/v1/settings` knows of a site. */
export function settings(site, collection) {
  return {
    site,
    policy: { ...collection.policy, visitors_per_prefix: 5, shared_networks: [], not_collected: collection.not_collected, link: "day" },
    shields: { networks: ["192.0.2.0/24"], countries: [], paths: ["/admin/**"], hostnames: [] },
    origins: ["https://shop.example.org"],
    plan: { ...collection.plan, items: [], tags: [], campaigns: [] },
    strict_from: "2026-12-03",
    admitted: {
      events: ["Search", "Download", "Renew loan"],
      properties: [{ event: "Search", name: "scope" }, { name: "theme" }],
      pages: 214,
    },
  };
}

/** The developer's own test traffic. */
export const DEBUGGED = {
  events: [
    {
      received: {
        name: "Search",
        url: "https://library.example.org/catalogue/search?q=who+am+i&utm_source=newsletter",
        referrer: "https://mail.example.org/inbox/1234",
        ip: "192.0.2.17",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0",
        time: "2026-11-24T13:51:07.482Z",
        props: { scope: "books" },
      },
      stored: {
        event: "Search",
        page: "/catalogue/search",
        source: "newsletter",
        country: "AT",
        browser: "Firefox",
        os: "Linux",
        slot: "2026-11-24T13:45",
        "prop:scope": "books",
        visitor: "a number for today",
      },
    },
    {
      received: {
        name: "pageview",
        url: "https://library.example.org/users/ada.l",
        ip: "192.0.2.17",
        user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0",
        time: "2026-11-24T13:50:31.117Z",
      },
      stored: { event: "pageview", page: "/users/:id", country: "AT", browser: "Firefox", os: "Linux", slot: "2026-11-24T13:45", visitor: "a number for today" },
    },
  ],
};
