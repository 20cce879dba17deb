// What the server makes of a few questions in words, and somebody who asks them.
import assert from "node:assert/strict";

const period = (from, to, preset = null) => ({ from, to, unit: preset ? "month" : null, preset });
const none = { understood: "question", question: null, request: null, why: [], suggestions: [], candidates: [], out_of_scope: null, languages: ["de", "en"] };

const KNOWN = {
  "downloads per country last month compared with the month before": {
    question: {
      kind: "breakdown",
      metrics: ["events"],
      dimension: "country",
      filters: [{ dimension: "event", values: ["Download"] }],
      period: period("2026-10-01", "2026-10-31", "last_month"),
      compare: { custom: ["2026-09-01", "2026-09-30"] },
    },
  },
  "which pages lose visitors": { question: { kind: "breakdown", metrics: ["exit_rate"], dimension: "page", order: ["exit_rate", "desc"] } },
  "funnel from home to search": { question: { kind: "funnel", steps: [{ page: "/" }, { event: "Search" }] } },
  "visitors of room": {
    understood: "unclear",
    question: { kind: "totals", metrics: ["visitors"] },
    why: [{ what: "word", place: { from: 12, to: 16 } }],
    suggestions: [
      { place: { from: 12, to: 16 }, text: "/rooms", dimension: "page" },
      { place: { from: 12, to: 16 }, text: "Reserve a room", dimension: "event" },
    ],
    candidates: ["numbers"],
  },
  "visitors of /rooms": { question: { kind: "totals", metrics: ["visitors"], filters: [{ dimension: "page", values: ["/rooms"] }] } },
  "who read this": { understood: "out_of_scope", out_of_scope: "about_somebody" },
};

/** `POST /api/v1/ask`. */
export function inWords({ text }) {
  return { ...none, ...(KNOWN[text] ?? { understood: "out_of_scope", out_of_scope: "unknown" }) };
}

const field = (tab) => tab.getByRole("textbox", { name: "Question" });

export async function asking({ test, open, until, closed, violations, HOME, overview }) {
  await test("a question in words is opened as a question that can be changed", async () => {
    const { tab, context, wrong } = await open(overview);
    await tab.keyboard.press("/");
    await field(tab).fill("downloads per country last month compared with the month before");
    await tab.getByRole("list", { name: "The question in its parts" }).getByText("by country").waitFor();
    assert.deepEqual(await violations(tab), []);
    await field(tab).press("Enter");
    await tab.waitForURL((url) => url.pathname === `${HOME}/explore`);
    await until(tab, "comparison=custom&compare_from=2026-09-01&compare_to=2026-09-30&group=country&event=event,Download&measure=totals");
    await closed(tab);
    await tab.getByRole("combobox", { name: "Split by" }).or(tab.getByLabel("Split by")).first().waitFor();
    await tab.getByRole("columnheader", { name: "Change" }).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("what is not understood is marked, and a word of the site can be put there", async () => {
    const { tab, context, wrong } = await open({ ...overview, path: `${HOME}?v=1&period=7d` });
    // Wherever the focus is.
    await tab.getByRole("button", { name: "Settings" }).focus();
    await tab.keyboard.press("Control+k");
    await field(tab).fill("visitors of room");
    await tab.locator(".ask-why mark", { hasText: /^room$/ }).waitFor();
    assert.deepEqual(await violations(tab), []);
    // Unclear questions are opened by choice only.
    await field(tab).press("Enter");
    await tab.getByRole("button", { name: "/rooms page" }).click();
    assert.equal(await field(tab).inputValue(), "visitors of /rooms");
    await tab.getByRole("button", { name: "Open in Explore" }).click();
    await until(tab, "period=7d&event=page,/rooms");
    await closed(tab);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a list that a question is about is shown, and the address loses it when it is closed", async () => {
    const { tab, context } = await open(overview);
    await tab.getByRole("button", { name: "Ask" }).click();
    await field(tab).fill("which pages lose visitors");
    await tab.getByRole("button", { name: "Open in Overview" }).click();
    await until(tab, "measure=exit_rate&details=page");
    await tab.getByRole("columnheader", { name: "Exit rate" }).waitFor();
    assert.equal(await tab.locator("th[aria-sort=descending]").innerText(), "Exit rate ↓");
    await tab.keyboard.press("Escape");
    await tab.waitForURL((url) => !url.search.includes("details"));
    await context.close();
  });

  await test("nobody is looked up", async () => {
    const { tab, context } = await open(overview);
    await tab.keyboard.press("/");
    await field(tab).fill("who read this");
    await tab.getByText("Nobody can be looked up").waitFor();
    await field(tab).press("Enter");
    await tab.getByRole("dialog").waitFor();
    await context.close();
  });
}
