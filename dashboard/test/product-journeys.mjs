// What people do on the pages of product analytics: test, open, server and helpers come from run.mjs.
import assert from "node:assert/strict";

const HOME = "/library.example.org";
const at = (path, state) => ({ path: HOME + path, ready: (tab) => tab.locator(".product").first().waitFor(), state });

export async function journeys({ test, open, server, until, eventually }) {
  await test("the pages of a site are links that keep period and filters", async () => {
    const { tab, context, wrong } = await open(at("/goals?v=1&f=is,country,AT&period=7d&group=device"));
    await tab.getByRole("navigation", { name: "Pages of the site" }).getByRole("link", { name: "Funnels" }).click();
    await tab.waitForURL((url) => url.pathname === `${HOME}/funnels` && url.search === "?v=1&f=is,country,AT&period=7d");
    await tab.getByRole("heading", { name: "Funnels" }).waitFor();
    await tab.keyboard.press("m");
    await until(tab, "period=month");
    assert.equal(new URL(tab.url()).pathname, `${HOME}/funnels`);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a funnel is made by keyboard, kept in the address and saved", async () => {
    const { tab, context, wrong } = await open(at("/funnels?v=1&period=28d"));
    await tab.getByRole("button", { name: "New funnel" }).press("Enter");
    const first = tab.getByRole("combobox", { name: "Step 1", exact: true });
    await first.fill("/rooms");
    await first.press("Enter");
    await until(tab, "step=page,/rooms&step=event,");
    const second = tab.getByRole("combobox", { name: "Step 2", exact: true });
    await second.fill("reserve");
    await tab.getByRole("option", { name: /Reserve a room/ }).waitFor();
    await second.press("ArrowDown");
    await second.press("Enter");
    await until(tab, "step=event,Reserve%20a%20room");
    await tab.locator(".funnel-step").nth(1).waitFor();
    await tab.getByRole("button", { name: "Add a step" }).click();
    const third = tab.getByRole("combobox", { name: "Step 3", exact: true });
    await third.fill("Download");
    await third.press("Enter");
    await until(tab, "step=event,Download");
    await tab.getByRole("checkbox", { name: /may be left out\s+step 2/ }).check();
    await until(tab, "step=event,Reserve%20a%20room,optional");
    await tab.locator(".funnel-name", { hasText: "may be left out" }).waitFor();
    await tab.getByRole("checkbox", { name: /may be left out\s+step 2/ }).uncheck();
    await tab.getByRole("button", { name: "Remove step 3" }).click();
    await tab.waitForURL((url) => !url.search.includes("Download"));
    await tab.getByLabel("Order").selectOption("strict");
    await until(tab, "order=strict");
    await tab.getByLabel("Name of the funnel").fill("Rooms");
    await tab.keyboard.press("Enter");
    await until(tab, "saved=Rooms");
    assert.deepEqual(server.state.definitions.funnels.Rooms, { steps: [{ page: "/rooms" }, { event: "Reserve a room" }], order: "strict" });
    await tab.reload();
    await tab.locator(".funnel-step").nth(1).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a suggestion becomes a goal by one click, and a goal is removed", async () => {
    const { tab, context } = await open(at("/goals?v=1&period=28d"));
    await tab.getByRole("button", { name: "Make a goal: Renew loan" }).click();
    await tab.getByRole("rowheader", { name: /Renew loan/ }).waitFor();
    assert.deepEqual(server.state.definitions.goals["Renew loan"], { event: "Renew loan" });
    await tab.getByRole("button", { name: "Change Renew loan" }).click();
    await tab.getByRole("button", { name: "Remove", exact: true }).click();
    await eventually(() => server.state.definitions.goals["Renew loan"] === undefined);
    await context.close();
  });

  await test("events are measured, split and compared among segments", async () => {
    const { tab, context, wrong } = await open(at("/explore?v=1&period=28d"));
    const field = tab.getByRole("combobox", { name: "Event A", exact: true });
    await field.fill("sear");
    await tab.getByRole("option", { name: /^Search/ }).click();
    await until(tab, "event=event,Search");
    await tab.getByLabel("Measured as").selectOption("totals");
    await until(tab, "measure=totals");
    await tab.getByRole("button", { name: "From Austria" }).click();
    await until(tab, "segment=From%20Austria");
    await tab.getByLabel("Split by").selectOption("device");
    await until(tab, "group=device");
    await tab.getByRole("link", { name: "Search · From Austria · Mobile" }).waitFor();
    await tab.getByLabel("Formula").fill("TOTALS(A) / UNIQUES(A)");
    await tab.keyboard.press("Enter");
    await until(tab, "formula=");
    await tab.getByRole("slider").focus();
    await tab.keyboard.press("End");
    await tab.locator("[role=slider][aria-valuetext^='Mon 23 Nov 2026']").waitFor();
    await tab.getByRole("button", { name: /^where.*Event A/ }).click();
    const editor = tab.getByRole("dialog", { name: "Event A: condition" });
    await editor.getByRole("combobox", { name: "Country" }).fill("aus");
    await editor.getByRole("option", { name: /Austria/ }).click();
    await editor.getByRole("button", { name: "Add condition" }).click();
    await until(tab, "event=event,Search,f:is");
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a step of a journey is looked at, and the next journeys begin there", async () => {
    const { tab, context } = await open(at("/journeys?v=1&period=28d"));
    await tab.getByRole("region", { name: "Step 2" }).getByRole("link", { name: /^\/catalogue / }).click();
    await until(tab, "walk=1,/catalogue");
    await tab.getByText("as step 2").waitFor();
    await tab.getByRole("link", { name: "Streams" }).click();
    await tab.getByRole("img", { name: /^Streams/ }).waitFor();
    await tab.getByRole("link", { name: "Continue from here" }).click();
    await until(tab, "start=page,/catalogue");
    await tab.getByRole("combobox", { name: "Journeys", exact: true }).selectOption("between");
    await tab.getByText("A step is missing").waitFor();
    await context.close();
  });

  await test("a feature opens to its customers, and a new one is named", async () => {
    const { tab, context } = await open(at("/features?v=1&period=28d"));
    await tab.getByRole("button", { name: "Renewal", exact: true }).press("Enter");
    await tab.getByRole("rowheader", { name: "University of Vienna" }).waitFor();
    await tab.getByText("What is a feature").click();
    const use = tab.getByRole("combobox", { name: "Use 1", exact: true });
    await use.fill("Download");
    await use.press("Enter");
    await tab.getByLabel("Name of the feature").fill("Downloads");
    await tab.keyboard.press("Enter");
    await tab.getByRole("button", { name: "Downloads", exact: true }).waitFor();
    assert.deepEqual(server.state.definitions.features.Downloads, { events: [{ event: "Download" }] });
    await context.close();
  });

  await test("items are sorted in the address and searched outside of it", async () => {
    const { tab, context } = await open(at("/content?v=1&period=28d"));
    await tab.getByRole("button", { name: /^Likes/ }).click();
    await until(tab, "sort=-likes");
    await tab.getByLabel("Search items").fill("birds");
    await tab.getByText("1 to 2 of 2").waitFor();
    assert.ok(!tab.url().includes("birds"));
    await context.close();
  });

  await test("filters become a segment, and two are compared in words", async () => {
    const { tab, context } = await open(at("/segments?v=1&f=is,os,Linux&period=28d"));
    await tab.getByLabel("Name of the segment").fill("On Linux");
    await tab.keyboard.press("Enter");
    await eventually(() => server.state.definitions.segments["On Linux"] !== undefined);
    assert.deepEqual(server.state.definitions.segments["On Linux"], { filters: [["is", "os", ["Linux"]]] });
    await tab.getByRole("combobox", { name: "Other", exact: true }).selectOption("On Linux");
    await until(tab, "b=On%20Linux");
    await tab.locator(".verdict").waitFor();
    await tab.getByRole("link", { name: /Filter by it.*On a phone/ }).click();
    await until(tab, "f=is,device,Mobile");
    await context.close();
  });

  await test("settings say what a choice means before it is saved, and names are planned by one click", async () => {
    const { tab, context } = await open(at("/settings"));
    await tab.getByLabel("Smallest group shown").selectOption("20");
    await tab.getByText("Nothing is said of fewer than 20 people").waitFor();
    await tab.getByRole("button", { name: "Save settings" }).click();
    await eventually(() => server.state.changed.policy?.floor === 20);
    assert.equal(server.state.changed.policy.visitors_per_prefix, 5);
    await tab.getByRole("link", { name: "Plan", exact: true }).click();
    await tab.getByRole("button", { name: /Add to the plan.*event Download/ }).click();
    await tab.getByLabel("What Download is collected for").fill("To see which files are of use");
    await tab.getByRole("button", { name: "Save plan" }).click();
    await eventually(() => server.state.changed.plan?.events.Download?.purpose === "To see which files are of use");
    await context.close();
  });

  await test("answers are taken along as JSON and as a command, with how they were counted", async () => {
    const { tab, context } = await open(at("/retention?v=1&period=91d"), { permissions: ["clipboard-read", "clipboard-write"] });
    await tab.getByRole("button", { name: "More: retention" }).click();
    const download = tab.waitForEvent("download");
    await tab.getByRole("menuitem", { name: "Download answer as JSON" }).click();
    assert.match((await download).suggestedFilename(), /^library\.example\.org-retention-.*\.json$/);
    await tab.getByRole("button", { name: "More: retention" }).click();
    await tab.getByRole("menuitem", { name: "Copy as curl" }).click();
    await tab.getByText("Command copied").waitFor();
    assert.match(await tab.evaluate(() => navigator.clipboard.readText()), /insights\/retention'/);
    await tab.getByText(/Recent rows ·/).first().click();
    await tab.getByText("Counted: members.").waitFor();
    await context.close();
  });
}
