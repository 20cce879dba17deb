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
    await tab.getByLabel("Order").selectOption("strict");
    await until(tab, "order=strict");
    await tab.getByRole("checkbox", { name: /may be left out\s+step 2/ }).check();
    await until(tab, "step=event,Reserve%20a%20room,optional");
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
}
