// What is done on the page of recommendations: test, open and helpers come from run.mjs.
import assert from "node:assert/strict";

const HOME = "/library.example.org";
const at = (state) => ({ path: `${HOME}/recommendations`, ready: (tab) => tab.locator(".suggested li").first().waitFor(), state });

export async function journeys({ test, open }) {
  await test("a made-up person is given tags and items by keyboard, and the reasons follow", async () => {
    const { tab, context, wrong } = await open(at());
    await tab.getByText("what is popular took its place", { exact: false }).waitFor();
    await tab.getByRole("combobox", { name: "Follows a tag" }).fill("map");
    await tab.getByRole("combobox", { name: "Follows a tag" }).press("ArrowDown");
    await tab.getByRole("combobox", { name: "Follows a tag" }).press("Enter");
    await tab.locator(".suggested li").first().getByText("Because of the tag maps").waitFor();
    await tab.getByRole("combobox", { name: "Likes an item" }).fill("history");
    await tab.getByRole("option").first().waitFor();
    await tab.getByRole("combobox", { name: "Likes an item" }).press("ArrowDown");
    await tab.getByRole("combobox", { name: "Likes an item" }).press("Enter");
    await tab.getByText(/Because A first look at history is liked/).first().waitFor();
    await tab.getByRole("button", { name: "Take away: follows maps" }).press("Enter");
    await tab.getByText("Because of the tag maps").first().waitFor({ state: "detached" });
    assert.ok(!tab.url().includes("maps"), "what is tried stays out of the address");
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("a placement is declared, a contradiction told by its place, and it is removed", async () => {
    const { tab, context, wrong } = await open(at());
    await tab.getByRole("button", { name: "Declare a placement" }).click();
    const form = tab.getByRole("form", { name: "New placement" });
    await form.getByLabel("Name").first().fill("sidebar");
    for (const item of ["a", "b"]) {
      await form.getByRole("combobox", { name: "Item" }).fill(item);
      await form.getByRole("button", { name: "Add rule" }).click();
    }
    await form.getByRole("button", { name: "Save placement" }).click();
    await form.getByRole("alert").getByText(/contradict each other.*It is rule 2/).waitFor();
    await form.getByRole("button", { name: /^Remove rule 2/ }).click();
    await form.getByRole("button", { name: "Compare two variants" }).click();
    await form.getByRole("button", { name: "Save placement" }).click();
    const placement = tab.locator(".placements > li", { hasText: "sidebar" });
    await placement.getByText("Pin the item a at place 1").waitFor();
    await placement.getByRole("button", { name: "Change sidebar" }).click();
    await placement.getByRole("button", { name: "Remove placement" }).click();
    await placement.waitFor({ state: "detached" });
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("items are uploaded, hidden and deleted, and bad lines are told by number", async () => {
    const { tab, context, wrong } = await open(at());
    const file = { name: "items.ndjson", mimeType: "application/octet-stream", buffer: Buffer.from('{"id": "new", "title": "Something new"}\nbroken\n') };
    await tab.getByLabel("Upload items").setInputFiles(file);
    await tab.getByText("1 item was taken, 1 line was not:").waitFor();
    await tab.getByText("Line 2: not a JSON object.").waitFor();
    await tab.getByLabel("Search items").fill("something");
    const row = tab.locator(".catalogue tbody tr", { hasText: "Something new" });
    await row.getByRole("button", { name: "Hide Something new" }).click();
    await row.getByText("hidden").waitFor();
    await row.getByRole("button", { name: "Delete Something new" }).click();
    await tab.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await tab.getByText("Nothing matches").waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("who may only look is offered no changes", async () => {
    const { tab, context } = await open(at({ may: ["ask_questions", "see_items"] }));
    await tab.locator(".catalogue tbody tr").first().waitFor();
    assert.equal(await tab.getByRole("button", { name: /^(Hide|Delete|Change|Declare)/ }).count(), 0);
    assert.equal(await tab.getByLabel("Upload items").count(), 0);
    await context.close();
  });

  await test("what members say they like is told by tag, and small tags are said to be hidden", async () => {
    const { tab, context, wrong } = await open(at());
    const row = tab.locator(".bars .row", { hasText: "astronomy" });
    await row.getByText("640").waitFor();
    await row.getByText("50 %").waitFor();
    await tab.getByText("Of 1,290 members who like anything.", { exact: false }).waitFor();
    await tab.locator(".hidden-under").getByText("4", { exact: false }).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  await test("lists are kept to whoever is known, and what that means is said", async () => {
    const ready = (tab) => tab.getByRole("checkbox", { name: "Lists of items are open to everybody" }).waitFor();
    const { tab, context, wrong } = await open({ path: `${HOME}/settings`, ready });
    await tab.getByText("None of them is about anybody.", { exact: false }).waitFor();
    await tab.getByRole("checkbox", { name: "Lists of items are open to everybody" }).uncheck();
    await tab.getByText("Only members who are signed in, staff, and programs", { exact: false }).waitFor();
    const put = tab.waitForRequest((request) => request.method() === "PUT" && request.url().includes("/api/v1/settings"));
    await tab.getByRole("button", { name: "Save settings" }).click();
    assert.equal((await put).postDataJSON().policy.public_lists, false);
    assert.deepEqual(wrong, []);
    await context.close();
  });
}
