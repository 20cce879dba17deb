// What people do on the pages of product analytics: test, open, server and helpers come from run.mjs.
import assert from "node:assert/strict";

const HOME = "/library.example.org";
const at = (path, state) => ({ path: HOME + path, ready: (tab) => tab.locator(".product").first().waitFor(), state });

export async function journeys({ test, open, server, until, eventually }) {
  await test("the pages of a site are links that keep period and filters", async () => {
    const { tab, context, wrong } = await open(at("/goals?v=1&f=is,country,AT&period=7d&group=device"));
    await tab.getByRole("navigation", { name: "Pages of the site" }).getByRole("link", { name: "Funnels" }).click();
    // The first saved funnel opens by itself; of the page before only period and filters go along.
    await tab.waitForURL((url) => url.pathname === `${HOME}/funnels` && url.search.startsWith("?v=1&f=is,country,AT&period=7d&saved="));
    assert.ok(!tab.url().includes("group="));
    await tab.getByRole("heading", { name: "Funnels" }).waitFor();
    await tab.keyboard.press("m");
    await until(tab, "period=month");
    assert.equal(new URL(tab.url()).pathname, `${HOME}/funnels`);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a funnel is made by keyboard, kept in the address and saved", async () => {
    const { tab, context, wrong } = await open(at("/funnels?v=1&period=28d"));
    await tab.getByRole("link", { name: "New funnel" }).press("Enter");
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

  await test("the first saved funnel opens by itself, and a saved one is as it was saved", async () => {
    const { tab, context, wrong } = await open(at("/funnels?v=1&period=7d"));
    await until(tab, "saved=From%20search%20to%20download");
    assert.match(new URL(tab.url()).search, /period=7d/);
    await tab.locator(".funnel-step").nth(3).waitFor();
    await tab.getByRole("link", { name: /^Where do people go from / }).waitFor();
    await tab.getByRole("link", { name: "Search, with help or without" }).click();
    await until(tab, "step=page,/help,optional");
    const search = new URL(tab.url()).search;
    for (const part of ["exclude=0,2,event,Bookmark", "hold=item", "group=device"]) assert.ok(search.includes(part), part);
    await tab.getByText("Steps and rules").click();
    await tab.getByLabel("Name of the funnel").fill("The same again");
    await tab.getByRole("button", { name: "Save funnel" }).click();
    await until(tab, "saved=The%20same%20again");
    const { funnels } = server.state.definitions;
    assert.deepEqual(funnels["The same again"], funnels["Search, with help or without"]);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("what history does not tell is kept from the next close on, and where to undo it is said", async () => {
    const old = "v=1&from=2026-05-01&to=2026-05-20";
    const { tab, context, wrong } = await open(at(`/funnels?${old}&step=page,/&step=event,Search&group=device&over=day`));
    await tab.getByText("from 1 Aug 2026 on it can be asked").waitFor();
    assert.match(await tab.getByRole("link", { name: "Show what there is from 1 Aug on" }).getAttribute("href"), /from=2026-08-01&to=2026-11-23/);
    await tab.getByRole("button", { name: "Keep it from the next close on" }).press("Enter");
    const kept = tab.locator(".kept");
    await kept.waitFor();
    assert.match(await kept.textContent(), /Kept from tonight on: Funnel of old days/);
    assert.ok(await kept.evaluate((place) => place === document.activeElement), "what took the button's place is read");
    assert.deepEqual(server.state.definitions.funnels["Funnel of old days"], { steps: [{ page: "/" }, { event: "Search" }], group: "device" });
    await kept.getByRole("link", { name: "Funnels" }).waitFor();

    await tab.goto(`${server.origin}${HOME}?${old}&f=is,utm_campaign,open-evening`);
    await tab.getByRole("button", { name: "Keep it from the next close on" }).first().click();
    await eventually(() => Object.keys(server.state.definitions.pairs).length === 1);
    await tab.locator(".kept").getByRole("link", { name: "Settings › History" }).first().click();
    await tab.getByRole("list", { name: "Pairs of this site" }).getByRole("listitem").waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("who may not save is told so, and what cannot be kept offers nothing", async () => {
    const old = "v=1&from=2026-05-01&to=2026-05-20";
    const { tab, context } = await open(at(`/funnels?${old}&step=page,/&step=event,Search`, { reader: true }));
    await tab.getByRole("button", { name: "Keep it from the next close on" }).click();
    await tab.getByText("This account may not change what is kept").waitFor();
    assert.equal(await tab.getByRole("button", { name: "Keep it from the next close on" }).count(), 0);
    await tab.goto(`${server.origin}${HOME}/journeys?${old}`);
    await tab.getByText("History does not tell this").first().waitFor();
    assert.equal(await tab.getByRole("button", { name: "Keep it from the next close on" }).count(), 0);
    await context.close();
  });

  await test("answers from history say so, up to which day, and what could not be told", async () => {
    const { tab, context } = await open(at("/goals?v=1&from=2026-05-01&to=2026-05-20", { kept: true }));
    await tab.getByText("From history: released counts, exact, up to 20 May").first().waitFor();
    await tab.getByText("On 2 of 20 days nothing of this could be told.").first().waitFor();
    await tab.goto(`${server.origin}${HOME}?v=1&from=2026-05-01&to=2026-05-20`);
    await tab.getByText("From history: released counts, exact, up to 20 May. People are counted per day.").waitFor();
    await context.close();
  });

  await test("history says of everything saved since when it is kept, or why not", async () => {
    const { tab, context, wrong } = await open(at("/settings?v=1&tab=history"));
    const list = tab.getByRole("list", { name: "What is saved, in history" });
    await list.getByText(/Since .*1 Jun.* 2026, by customer, source too/).first().waitFor();
    await list.getByText("From the next close on.").first().waitFor();
    await tab.getByText(/Retention and lifecycle are kept since .*12 Jan.* 2026/).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("pairs of history are added and removed", async () => {
    const { tab, context, wrong } = await open(at("/settings?v=1&tab=history"));
    await tab.getByText("None yet. Add two attributes").waitFor();
    const add = tab.getByRole("button", { name: "Keep from the next close on" });
    await tab.getByLabel("One attribute").selectOption("source");
    await tab.getByLabel("Other attribute").selectOption("page");
    await tab.getByText("These are told together already").waitFor();
    assert.ok(await add.isDisabled());
    await tab.getByLabel("Other attribute").selectOption("prop:room");
    await add.click();
    const list = tab.getByRole("list", { name: "Pairs of this site" });
    await list.getByText("Source × room").waitFor();
    assert.deepEqual(server.state.definitions.pairs, { "source x room": ["source", "prop:room"] });
    await tab.getByRole("button", { name: "Remove Source × room" }).click();
    await eventually(() => Object.keys(server.state.definitions.pairs).length === 0);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("pages are counted as one step, and ways that begin alike are followed on", async () => {
    const { tab, context, wrong } = await open(at("/journeys?v=1&period=28d"));
    await tab.getByLabel("Told singly").selectOption("12");
    await until(tab, "top=12");
    await tab.getByRole("button", { name: "Add a group of pages" }).click();
    await until(tab, "pages=,");
    await tab.getByLabel("Name of group 1").fill("Catalogue");
    await tab.keyboard.press("Enter");
    await until(tab, "pages=Catalogue,");
    await tab.getByLabel("Pages of group 1").fill("/catalogue/**");
    await tab.keyboard.press("Enter");
    await until(tab, "pages=Catalogue,/catalogue/**");
    await tab.getByRole("region", { name: "Step 1" }).getByRole("link", { name: /^Catalogue/ }).click();
    await tab.getByRole("link", { name: "Only ways that begin like this" }).click();
    await until(tab, "via=Catalogue");
    await tab.getByRole("region", { name: "Step 2" }).getByRole("link", { name: /^\/ / }).click();
    await tab.getByRole("link", { name: "Only ways that begin like this" }).click();
    await until(tab, "via=Catalogue&via=/");
    const common = tab.getByRole("navigation", { name: "Stops that the ways have in common" });
    await common.getByRole("link", { name: "Catalogue" }).click();
    await tab.waitForURL((url) => url.search.includes("via=Catalogue") && !url.search.includes("via=/"));
    await common.getByRole("link", { name: "All ways" }).click();
    await tab.waitForURL((url) => !url.search.includes("via="));
    await tab.getByRole("button", { name: "Remove group 1" }).click();
    await tab.waitForURL((url) => !url.search.includes("pages="));
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("features say in words which one is worth a look, beside a goal that can be chosen", async () => {
    const { tab, context, wrong } = await open(at("/features?v=1&period=28d"));
    await tab.locator(".glance dt", { hasText: "Used by most" }).waitFor();
    await tab.locator(".glance dt", { hasText: "Worth a look next" }).waitFor();
    await tab.getByRole("combobox", { name: "Goal", exact: true }).selectOption({ label: "Saw their loans" });
    await until(tab, "goal=goal,Saw%20their%20loans");
    await tab.getByRole("columnheader", { name: "Reach “Saw their loans”" }).waitFor();
    await tab.getByRole("region", { name: "Features by customer" }).getByRole("rowheader", { name: "City library" }).waitFor();
    await tab.getByRole("combobox", { name: "Goal", exact: true }).selectOption({ label: "Reserved a room" });
    await tab.getByRole("row", { name: /Room reservation/ }).getByText("is part of it").waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("settings say when the plan turns strict", async () => {
    const { tab, context } = await open(at("/settings"));
    await tab.getByText("The plan turns strict on Thu 3 Dec 2026, in 9 days.").waitFor();
    await tab.getByRole("link", { name: "Look at the plan" }).click();
    await until(tab, "tab=plan");
    await tab.getByText("Add below what should stay").waitFor();
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
    await tab.getByRole("region", { name: "Table of features" }).getByRole("rowheader", { name: "University of Vienna" }).waitFor();
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
    await tab.getByText("2 days were released with noise so far; a visitor of one day spent at most 2, and somebody who was there on each of them 4.").waitFor();
    await tab.getByLabel("Noise in history").selectOption("2");
    await tab.getByText("Small counts become unreliable").waitFor();
    await tab.getByRole("button", { name: "Save settings" }).click();
    await eventually(() => server.state.changed.policy?.noise?.epsilon === 2);
    await tab.getByLabel("Noise in history").selectOption("off");
    await tab.getByRole("button", { name: "Save settings" }).click();
    await eventually(() => server.state.changed.policy?.noise === null);
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

  await test("what was captured by mistake is looked at, confirmed and purged", async () => {
    const { tab, context, wrong } = await open(at("/settings?v=1&tab=purge"));
    await tab.getByText("Nothing was purged yet.").waitFor();
    await tab.getByRole("combobox", { name: "What", exact: true }).selectOption("page");
    const page = tab.getByRole("textbox", { name: "Events on pages" });
    await page.fill("reset");
    await page.press("Enter");
    await tab.getByText("A page begins with /", { exact: false }).or(tab.getByText("a page begins with /", { exact: false })).first().waitFor();
    await page.fill("/reset/**");
    await page.press("Enter");
    await tab.getByRole("heading", { name: "What would be purged" }).waitFor();
    await tab.getByText("Joined (goals)").waitFor();
    assert.deepEqual(server.state.purged, [], "nothing is purged before it is confirmed");
    await tab.getByRole("button", { name: "Purge…" }).click();
    await tab.getByRole("button", { name: "Keep it" }).click();
    await tab.getByRole("button", { name: "Purge…" }).click();
    await tab.getByRole("button", { name: "Purge for good" }).click();
    await tab.getByRole("heading", { name: "Purged", exact: true }).waitFor();
    await tab.getByRole("region", { name: "Purges" }).getByText("Events on pages").waitFor();
    assert.equal(server.state.purged.length, 1);
    assert.deepEqual(wrong, []);
    await context.close();
  });
}
