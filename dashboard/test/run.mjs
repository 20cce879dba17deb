// Drives every page in a real browser against the fixture: node test/run.mjs
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { asking } from "./ask.mjs";
import { browse } from "./browser.mjs";
import { fresh, start } from "./fixture.mjs";
import { PAGES } from "./pages.mjs";
import { journeys } from "./product-journeys.mjs";
import { journeys as rights } from "./rights-journeys.mjs";
import { journeys as shelves } from "./shelves-journeys.mjs";

const FIRST_ROUTE_KIB = 200;
/** Long enough for a machine ten times slower than usual. */
const PATIENCE_MS = 60_000;
const HOME = "/library.example.org";
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const server = await start(dist);
const browser = await browse();
let failed = 0;

async function test(name, run) {
  try {
    await run();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`);
  }
}

/** A tab on a page, with everything written down that must not happen. */
async function open(page, options = {}) {
  Object.assign(server.state, fresh(), page.state);
  const viewport = { width: options.width ?? 1280, height: 900 };
  // Without motion nothing is half there when it is looked at.
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...options });
  await context.clock.install({ time: new Date("2026-11-24T13:55:00Z") });
  context.setDefaultTimeout(PATIENCE_MS);
  const tab = await context.newPage();
  const wrong = [];
  const scripts = [];
  tab.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== server.origin) wrong.push(`request to ${url.origin}`);
    if (url.pathname.endsWith(".js")) scripts.push(url.pathname);
  });
  tab.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  tab.on("console", (message) => {
    const expected = /the server responded with a status of (400|401|403|404|503)/.test(message.text());
    if (message.type() === "error" && !expected) wrong.push(`console: ${message.text()}`);
  });
  await tab.goto(server.origin + page.path);
  await page.ready(tab);
  return { tab, context, wrong, scripts };
}

async function violations(tab) {
  await tab.evaluate(axe);
  const result = await tab.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)}\n  ${failureSummary}`).join("\n  ")}`);
}

// Names on the command line: only these pages, without the journeys.
const only = process.argv.slice(2);
for (const page of PAGES.filter(({ name }) => only.length === 0 || only.includes(name))) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 320]) {
      await test(`${page.name}, ${colorScheme}, ${width} px`, async () => {
        const { tab, context, wrong } = await open(page, { colorScheme, width });
        assert.deepEqual(await violations(tab), []);
        const beyond = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(beyond <= 0, `the page is ${beyond} px wider than the window`);
        const kept = await tab.evaluate(async () => [
          localStorage.length,
          sessionStorage.length,
          document.cookie,
          (await indexedDB.databases()).length,
        ]);
        assert.deepEqual(kept, [0, 0, "", 0], "something was kept in the browser");
        assert.deepEqual(wrong, []);
        await context.close();
      });
    }
  }
}

const overview = PAGES[0];
const query = (tab) => new URL(tab.url()).search;
const until = (tab, text) => tab.waitForURL((url) => url.search.includes(text));
/** Keys belong to an open dialog; it is gone a moment after it was closed. */
const closed = (tab) => tab.getByRole("dialog").waitFor({ state: "detached" });

/** Waits until something holds that is not on the page. */
async function eventually(holds) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `never true: ${holds}`);
    await new Promise((later) => setTimeout(later, 20));
  }
}

if (only.length === 0 || only.includes("journeys")) {
  await test(`the first page needs at most ${FIRST_ROUTE_KIB} KiB of script`, async () => {
    // A small window: what lies below it is not part of the first page.
    const page = { path: HOME, ready: (tab) => tab.locator(".plot canvas").waitFor() };
    const { tab, context, scripts } = await open(page);
    await tab.waitForLoadState("networkidle");
    let bytes = 0;
    for (const path of new Set(scripts)) bytes += (await stat(`${dist + path}.gz`)).size;
    console.log(`      ${(bytes / 1024).toFixed(1)} KiB gzip in ${new Set(scripts).size} files`);
    assert.ok(bytes > 0 && bytes <= FIRST_ROUTE_KIB * 1024);
    await context.close();
  });

  await test("keys choose periods, step, compare, filter, and are silent while typing", async () => {
    const { tab, context, wrong } = await open(overview);
    const press = async (key, text) => {
      await tab.keyboard.press(key);
      await until(tab, text);
    };
    await press("w", "period=7d");
    await press("ArrowLeft", "date=2026-11-17");
    await tab.keyboard.press("ArrowRight");
    await tab.waitForURL((url) => !url.search.includes("date="));
    await press("m", "period=month");
    await press("y", "period=year");
    await press("x", "comparison=off");
    await press("x", "comparison=previous_period");
    await press("d", "period=today");
    await tab.keyboard.press("+");
    const field = tab.getByRole("combobox", { name: "Page" });
    await field.fill("cat");
    await tab.locator(".options li", { hasText: "/catalogue/search" }).waitFor();
    await field.pressSequentially("a");
    assert.match(query(tab), /period=today/);
    await tab.keyboard.press("ArrowDown");
    await tab.keyboard.press("Enter");
    await tab.getByRole("button", { name: "Apply filter" }).press("Enter");
    await until(tab, "f=is,page,/catalogue/search");
    await closed(tab);
    await tab.locator("body").press("Escape");
    await tab.waitForURL((url) => !url.search.includes("f="));
    await tab.keyboard.press("c");
    await tab.getByLabel("First day").fill("2026-11-02");
    await tab.getByLabel("Last day").fill("2026-11-09");
    await tab.keyboard.press("Enter");
    await until(tab, "from=2026-11-02&to=2026-11-09");
    await closed(tab);
    await tab.keyboard.press("2");
    await tab.waitForURL((url) => url.pathname === "/archive.example.org");
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("quick keys act on the view of the key before, not on what is on screen", async () => {
    const { tab, context } = await open({ ...overview, path: `${HOME}?v=1&period=7d` });
    // All in one turn of the page, so that nothing can be rendered in between.
    await tab.evaluate(() => {
      const keys = ["ArrowLeft", "ArrowLeft", "ArrowLeft", "x", "ArrowRight"];
      for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    });
    await until(tab, "date=2026-11-10&comparison=off");
    await tab.getByRole("button", { name: /^Period: 3 to 9 Nov 2026/ }).waitFor();
    await context.close();
  });

  await test("keys can be switched off, and the choice is kept with the account", async () => {
    const { tab, context } = await open({ ...overview, state: { preferences: { shortcuts: false, theme: "dark" } } });
    assert.equal(await tab.evaluate(() => document.documentElement.dataset.mantineColorScheme), "dark");
    await tab.keyboard.press("w");
    await tab.getByRole("button", { name: "Settings" }).press("Enter");
    await tab.waitForFunction(() => document.activeElement?.closest("[role=menu]"));
    const chosen = () => tab.evaluate(() => document.activeElement?.textContent);
    for (let n = 0; n < 8 && (await chosen()) !== "Single-key shortcuts"; n++) await tab.keyboard.press("ArrowDown");
    await tab.keyboard.press("Enter");
    await eventually(() => server.state.preferences.shortcuts === true);
    assert.equal(server.state.preferences.last_site, "library.example.org");
    assert.doesNotMatch(query(tab), /period=7d/);
    await context.close();
  });

  await test("every tile, row, tab and button is reached by the tab key, in order, with a visible focus", async () => {
    const { tab, context } = await open(overview);
    const seen = new Set();
    for (let n = 0; n < 130; n++) {
      await tab.keyboard.press("Tab");
      const now = await tab.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const { outlineStyle } = getComputedStyle(element);
        return { name: element.getAttribute("aria-label") ?? element.textContent, visible: outlineStyle !== "none" };
      });
      if (!now) break;
      assert.ok(now.visible, `no visible focus on ${now.name}`);
      seen.add(now.name);
    }
    for (const part of ["Skip to content", "Bounce rate", "Google", "/catalogue", "Austria", "Chrome", "Search", "All 13 pages", "More: pages"]) {
      assert.ok([...seen].some((name) => name.startsWith(part)), `${part} was not reached`);
    }
    await context.close();
  });

  await test("a filter is added from anywhere on the page, and a closed list gives the focus back", async () => {
    const { tab, context } = await open(overview);
    const list = tab.getByRole("button", { name: "All 13 pages" });
    await list.click();
    await tab.getByRole("textbox", { name: "Search pages" }).waitFor();
    await tab.keyboard.press("Escape");
    await tab.getByRole("dialog").waitFor({ state: "detached" });
    await tab.waitForFunction(() => document.activeElement?.textContent?.startsWith("All 13"));
    await tab.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await tab.keyboard.press("+");
    await tab.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");
    await tab.keyboard.press("Escape");
    await tab.getByRole("dialog").waitFor({ state: "detached" });
    await context.close();
  });

  await test("the graph is read by arrow keys, and there is a table behind it", async () => {
    const { tab, context } = await open(overview);
    const slider = tab.getByRole("slider");
    await slider.focus();
    await tab.keyboard.press("End");
    await tab.keyboard.press("ArrowLeft");
    await tab.locator("[role=slider][aria-valuetext^='Sun 22 Nov 2026']").waitFor();
    assert.match(await slider.getAttribute("aria-valuetext"), /^Sun 22 Nov 2026: [\d,]+, (up|down|unchanged)/);
    assert.doesNotMatch(query(tab), /date=/);
    assert.equal(await tab.locator(".plot table tbody tr").count(), 28);
    await context.close();
  });

  await test("a row narrows the page, as a link", async () => {
    const { tab, context } = await open(overview);
    const row = tab.getByRole("link", { name: /^Austria/ });
    assert.equal(await row.getAttribute("href"), `${HOME}?v=1&f=is,country,AT&period=28d`);
    await row.click();
    await until(tab, "f=is,country,AT");
    await tab.getByRole("button", { name: /Country is Austria/ }).waitFor();
    await tab.goBack();
    await tab.waitForURL((url) => url.search === "");
    await context.close();
  });

  await test("rows are taken along as CSV and as a command", async () => {
    const { tab, context } = await open(overview, { permissions: ["clipboard-read", "clipboard-write"] });
    await tab.getByRole("button", { name: "More: sources" }).click();
    const download = tab.waitForEvent("download");
    await tab.getByRole("menuitem", { name: "Download shown rows as CSV" }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), "library.example.org-source-2026-10-27-2026-11-23.csv");
    const text = await readFile(await file.path(), "utf8");
    assert.match(text, /^source,visitors,percentage\r\nGoogle,\d+,/);
    await tab.getByRole("button", { name: "More: sources" }).click();
    await tab.getByRole("menuitem", { name: "Copy as curl" }).click();
    await tab.getByText("Command copied").waitFor();
    assert.match(await tab.evaluate(() => navigator.clipboard.readText()), /^curl '.*insights\/breakdown'/);
    await context.close();
  });

  await test("hidden, not collected and empty are three different things", async () => {
    const { tab, context } = await open(overview);
    await tab.getByRole("tab", { name: "Regions" }).click();
    await tab.getByText("Hidden: fewer than 10 people each").waitFor();
    await tab.getByRole("tab", { name: "Campaigns" }).click();
    await tab.getByText("This site’s policy leaves out campaigns.").waitFor();
    await tab.goto(`${server.origin}/archive.example.org?period=7d`);
    await tab.getByText("No sources in this period").waitFor();
    await context.close();
  });

  await test("from the setup link to the first visit", async () => {
    const page = { path: "/setup#CODE", ready: (tab) => tab.getByLabel("E-mail").waitFor(), state: { signedIn: false } };
    const { tab, context, wrong } = await open(page);
    await tab.getByLabel("E-mail").fill("ada@example.org");
    await tab.getByRole("textbox", { name: "Password" }).fill("short");
    await tab.keyboard.press("Enter");
    await tab.getByText("fewer than 12 characters").waitFor();
    await tab.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
    await tab.keyboard.press("Enter");
    await tab.waitForURL((url) => url.pathname === "/new");
    await tab.getByLabel("Domain").fill("https://www.New.example.org/");
    await tab.keyboard.press("Enter");
    await tab.waitForURL((url) => url.pathname === "/new.example.org");
    await tab.getByText("Waiting for the first visit").waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("signing in leads back, signing out leads to the door", async () => {
    const page = { path: `${HOME}?period=7d`, ready: (tab) => tab.getByLabel("E-mail").waitFor(), state: { signedIn: false } };
    const { tab, context } = await open(page);
    await tab.getByLabel("E-mail").fill("ada@example.org");
    await tab.getByRole("textbox", { name: "Password" }).fill("wrong");
    await tab.keyboard.press("Enter");
    await tab.getByText("do not belong together").waitFor();
    await tab.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
    await tab.keyboard.press("Enter");
    await tab.waitForURL((url) => url.pathname === HOME && url.search.includes("period=7d"));
    await tab.locator(".tile-value").first().waitFor();
    await tab.getByRole("button", { name: "Settings" }).click();
    await tab.getByRole("menuitem", { name: "Sign out" }).click();
    await tab.waitForURL((url) => url.pathname === "/sign-in");
    await context.close();
  });
}

if (only.length === 0 || only.includes("product")) await journeys({ test, open, server, until, eventually });
if (only.length === 0 || only.includes("asking")) await asking({ test, open, until, closed, violations, HOME, overview });
if (only.length === 0 || only.includes("rights")) await rights({ test, open, server, eventually });
if (only.length === 0 || only.includes("recommendations-journeys")) await shelves({ test, open, server, eventually });

await browser.close();
server.stop();
process.exitCode = failed > 0 ? 1 : 0;
