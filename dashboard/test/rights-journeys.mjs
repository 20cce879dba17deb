// What privacy officers, support and owners do: test, open, server and helpers come from run.mjs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const HOME = "/library.example.org";
const at = (path, state) => ({ path: HOME + path, ready: (tab) => tab.locator(".product").first().waitFor(), state });

export async function journeys({ test, open, server, eventually }) {
  await test("an account sees the pages that its roles open, and begins with the first of them", async () => {
    const state = { may: ["see_by_code"] };
    const { tab, context, wrong } = await open({ path: "/", ready: (page) => page.getByRole("heading", { name: "Support" }).waitFor(), state });
    assert.equal(new URL(tab.url()).pathname, `${HOME}/support`);
    const links = await tab.getByRole("navigation", { name: "Pages of the site" }).getByRole("link").allTextContents();
    assert.deepEqual(links, ["Support"]);
    await tab.goto(server.origin + HOME);
    await tab.waitForURL((url) => url.pathname === `${HOME}/support`);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("somebody is forgotten by keyboard, and the receipt is taken along", async () => {
    const { tab, context, wrong } = await open(at("/privacy"));
    await tab.getByRole("button", { name: "Forget somebody" }).press("Enter");
    const id = tab.getByLabel("The application’s id of the member");
    await id.fill("member 17");
    const button = tab.getByRole("button", { name: "Forget for good" });
    assert.ok(await button.isDisabled(), "not before it is meant");
    await tab.getByRole("checkbox", { name: /nobody can bring this back/ }).press("Space");
    await button.press("Enter");
    await tab.getByText("Forgotten, if there was such a member").waitFor();
    const download = tab.waitForEvent("download");
    await tab.getByRole("button", { name: "Download the receipt", exact: true }).press("Enter");
    const file = await download;
    assert.equal(file.suggestedFilename(), "receipt-c7551968-d5d6-44b2-9831-815ac9017798.json");
    assert.equal(JSON.parse(await readFile(await file.path(), "utf8")).receipt.mode, "fold");
    await tab.keyboard.press("Escape");
    await tab.getByRole("dialog").waitFor({ state: "detached" });
    await tab.locator("tbody tr", { hasText: "c7551968" }).waitFor();
    assert.ok(!tab.url().includes("member"), "nobody stands in an address");
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("an intent is added by keyboard, a mistake is told where it is, and a file is taken", async () => {
    const { tab, context, wrong } = await open(at("/intents"));
    await tab.getByRole("button", { name: "Add an intent" }).press("Enter");
    const fresh = tab.locator("details", { hasText: "New intent" });
    await fresh.getByRole("textbox", { name: "Name" }).fill("opening_hours");
    await tab.getByRole("button", { name: "Save intents" }).press("Enter");
    await tab.locator("details", { hasText: "opening_hours" }).getByText("It is empty. (examples)").waitFor();
    await tab.locator("details", { hasText: "opening_hours" }).getByLabel("How people say it").fill("when are you open\nopening hours");
    await tab.getByRole("button", { name: "Save intents" }).press("Enter");
    await eventually(() => server.state.intents.intents.length === 5);
    assert.deepEqual(server.state.intents.intents[4], { name: "opening_hours", examples: ["when are you open", "opening hours"] });
    assert.deepEqual(server.state.intents.lists.things[0], { value: "printer", synonyms: ["copier"] }, "the rest stays");
    await tab.getByLabel("What somebody writes").fill("Где книги?");
    await tab.getByLabel("What somebody writes").press("Enter");
    await tab.getByText("Nothing in it is like anything in any example").waitFor();
    await tab.getByLabel("Form").selectOption("rasa");
    await tab.getByLabel("Take a file").setInputFiles({ name: "nlu.yml", mimeType: "text/plain", buffer: Buffer.from("intents") });
    await tab.getByText("regex zip, line 12").waitFor();
    const download = tab.waitForEvent("download");
    await tab.getByRole("button", { name: "Download" }).press("Enter");
    assert.equal((await download).suggestedFilename(), "intents-library.example.org.yml");
    assert.ok(!tab.url().includes("open"), "no text stands in an address");
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("what support sees goes from the screen by itself", async () => {
    const { tab, context } = await open(at("/support"));
    await tab.getByRole("textbox", { name: "Code" }).fill("wrong");
    await tab.getByRole("textbox", { name: "Code" }).press("Enter");
    await tab.getByRole("alert").filter({ hasText: "No such code is open" }).waitFor();
    await tab.getByRole("textbox", { name: "Code" }).fill("ABC DEF GHJ");
    await tab.getByRole("textbox", { name: "Code" }).press("Enter");
    await tab.getByText("member-17").waitFor();
    await tab.clock.fastForward(301_000);
    await tab.getByText("member-17").waitFor({ state: "detached" });
    await tab.getByRole("textbox", { name: "Code" }).waitFor();
    await context.close();
  });

  await test("somebody is invited, given another role and removed", async () => {
    const { tab, context } = await open(at("/settings?v=1&tab=team"));
    const invite = tab.getByRole("group", { name: "What the account is for" });
    await invite.getByRole("button", { name: "Analyst" }).press("Enter");
    await tab.getByRole("button", { name: "Make a link" }).press("Enter");
    await tab.getByText("https://stats.example.org/setup#CODE").waitFor();
    const roles = tab.getByRole("group", { name: "Roles of sam@library.example.org" });
    await roles.getByRole("button", { name: "Viewer" }).press("Enter");
    await eventually(() => server.state.users[2].roles.includes("viewer"));
    await tab.getByRole("button", { name: "Remove sam@library.example.org" }).press("Enter");
    await tab.getByRole("button", { name: "Remove account" }).press("Enter");
    await eventually(() => server.state.users.length === 2);
    await context.close();
  });
}
