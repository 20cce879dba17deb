// Every page that is tested and photographed, and how to know that it is complete.

import { DEFINITIONS } from "./product.mjs";

const overview = async (tab) => {
  await tab.locator(".tile-value:not(:has(.ghost))").first().waitFor();
  await tab.locator(".plot canvas, .graph-body .state").first().waitFor();
  await tab.locator(".panel .foot, .panel .state").nth(3).waitFor();
  await tab.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await tab.locator(".map svg, .map-sheet .state").first().waitFor();
  await tab.locator(".goal-panel .foot, .goal-panel .state").first().waitFor();
  await tab.evaluate(() => window.scrollTo(0, 0));
  await tab.evaluate(() => document.fonts.ready);
};
const heading = (text) => async (tab) => {
  await tab.getByRole("heading", { name: text }).first().waitFor();
  await tab.evaluate(() => document.fonts.ready);
};

const HOME = "/library.example.org";
const SEARCH = "step=page,/&step=event,Search&step=page,/items/*&step=event,Download";

/** Every sheet says what it has to say. */
const sheets = (count) => async (tab) => {
  await tab.locator(".product").nth(count - 1).waitFor();
  await tab.waitForFunction(() => document.querySelectorAll("main [aria-busy=true], main .ghost, main [data-stale]").length === 0);
  await tab.evaluate(() => document.fonts.ready);
};

export const PAGES = [
  { name: "overview", path: HOME, ready: overview },
  { name: "today", path: `${HOME}?v=1&period=today`, ready: overview },
  { name: "filtered", path: `${HOME}?v=1&f=is,country,AT&f=contains_not,page,/blog&period=7d&metric=bounce_rate`, ready: overview },
  { name: "year", path: `${HOME}?v=1&period=12mo&metric=visit_duration`, ready: overview },
  { name: "hidden", path: `${HOME}?v=1&f=is,page,/contact`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "empty", path: "/archive.example.org?v=1&period=28d", ready: overview },
  { name: "development", path: "/test.example.org%2Fshop?v=1&period=28d", ready: overview },
  {
    name: "details",
    path: HOME,
    full: false,
    ready: async (tab) => {
      await overview(tab);
      await tab.getByRole("button", { name: "All 13 pages" }).click();
      await tab.locator(".details .table").waitFor();
    },
  },
  {
    name: "editor",
    path: `${HOME}?v=1&f=is,source,Google`,
    full: false,
    ready: async (tab) => {
      await overview(tab);
      await tab.getByRole("button", { name: /^Source is/ }).click();
      await tab.locator(".options li").first().waitFor();
    },
  },
  {
    name: "periods",
    path: HOME,
    full: false,
    ready: async (tab) => {
      await overview(tab);
      await tab.getByRole("button", { name: /^Period:/ }).click();
      await tab.getByRole("menuitemradio", { name: /Last 28 days/ }).waitFor();
    },
  },
  {
    name: "hover",
    path: HOME,
    full: false,
    ready: async (tab) => {
      await overview(tab);
      await tab.getByRole("slider").focus();
      for (let n = 0; n < 9; n++) await tab.keyboard.press("ArrowRight");
    },
  },
  {
    name: "shortcuts",
    path: HOME,
    full: false,
    ready: async (tab) => {
      await overview(tab);
      await tab.keyboard.press("?");
      await tab.getByRole("dialog").waitFor();
    },
  },
  { name: "old", path: `${HOME}?v=1&from=2026-05-01&to=2026-05-20`, ready: overview },
  { name: "old-pair", path: `${HOME}?v=1&from=2026-05-01&to=2026-05-20&f=is,utm_campaign,open-evening`, ready: (tab) => tab.getByRole("button", { name: "Keep it from the next close on" }).first().waitFor() },
  { name: "funnels", path: `${HOME}/funnels`, ready: sheets(4) },
  { name: "funnels-none", path: "/archive.example.org/funnels?v=1&period=28d", ready: (tab) => tab.getByText("No funnel yet").waitFor() },
  { name: "funnel-old", path: `${HOME}/funnels?v=1&from=2026-05-01&to=2026-05-20&${SEARCH}`, ready: (tab) => tab.getByRole("button", { name: "Keep it from the next close on" }).waitFor() },
  { name: "funnel", path: `${HOME}/funnels?v=1&period=28d&saved=From%20search%20to%20download&${SEARCH}&group=country&over=day`, ready: sheets(5) },
  { name: "funnel-edit", path: `${HOME}/funnels?v=1&period=28d&${SEARCH}&step=event,Nothing&exclude=0,1,event,Bookmark`, ready: (tab) => tab.locator(".wrong").first().waitFor() },
  { name: "funnel-empty", path: `/archive.example.org/funnels?v=1&period=28d&${SEARCH}`, ready: sheets(2) },
  { name: "funnel-hidden", path: `${HOME}/funnels?v=1&period=28d&f=is,page,/contact&${SEARCH}`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "goals", path: `${HOME}/goals`, ready: sheets(4) },
  { name: "goals-by", path: `${HOME}/goals?v=1&period=28d&group=device&goal=goal,Saw%20their%20loans&by=channel&model=linear`, ready: sheets(4) },
  { name: "goals-kept", path: `${HOME}/goals?v=1&from=2026-05-01&to=2026-05-20`, ready: (tab) => tab.getByText("On 2 of 20 days").first().waitFor(), state: { kept: true } },
  { name: "goals-empty", path: "/archive.example.org/goals?v=1&period=28d", ready: sheets(2) },
  { name: "explore", path: `${HOME}/explore`, ready: sheets(2) },
  { name: "explore-many", path: `${HOME}/explore?v=1&period=28d&event=event,Search&event=event,Download,f:is%2Ccountry%2CAT&group=device&segment=From%20Austria`, ready: sheets(2) },
  { name: "explore-often", path: `${HOME}/explore?v=1&period=28d&event=event,Search&event=page,/items/*&measure=frequency`, ready: sheets(2) },
  { name: "explore-wrong", path: `${HOME}/explore?v=1&period=28d&event=event,Search&formula=UNIQUES(Z)`, ready: (tab) => tab.locator(".wrong").first().waitFor() },
  { name: "explore-empty", path: "/archive.example.org/explore?v=1&period=28d", ready: sheets(2) },
  { name: "journeys-page", path: `${HOME}/journeys`, ready: sheets(6) },
  { name: "journeys-chosen", path: `${HOME}/journeys?v=1&period=28d&walk=1,/catalogue`, ready: sheets(6) },
  { name: "journeys-groups", path: `${HOME}/journeys?v=1&period=28d&top=5&pages=Catalogue,/catalogue/**&pages=Items,/items/**&pages=,`, ready: sheets(6) },
  { name: "journeys-sections", path: `${HOME}/journeys?v=1&period=28d&pages=Catalogue,/catalogue/**&pages=Items,/items/**`, ready: sheets(6) },
  { name: "journeys-prefix", path: `${HOME}/journeys?v=1&period=28d&via=/&via=/catalogue&walk=2,/`, ready: sheets(6) },
  { name: "journeys-streams", path: `${HOME}/journeys?v=1&period=28d&start=page,/&chart=streams&depth=4`, ready: sheets(6) },
  { name: "journeys-backward", path: `${HOME}/journeys?v=1&period=28d&direction=backward&end=event,Download&unit=both&walk=1,/`, ready: sheets(6) },
  { name: "journeys-empty", path: "/archive.example.org/journeys?v=1&period=28d", ready: sheets(5) },
  { name: "journeys-old", path: `${HOME}/journeys?v=1&from=2026-05-01&to=2026-05-20`, ready: (tab) => tab.getByText("History does not tell this").first().waitFor() },
  { name: "features", path: `${HOME}/features`, ready: sheets(5) },
  { name: "features-kept", path: `${HOME}/features?v=1&from=2026-05-01&to=2026-05-20`, ready: (tab) => tab.getByText("On 2 of 20 days").first().waitFor(), state: { kept: true } },
  { name: "features-hidden", path: `${HOME}/features?v=1&period=28d&f=is,page,/contact`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "goals-hidden", path: `${HOME}/goals?v=1&period=28d&f=is,page,/contact`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "journeys-hidden", path: `${HOME}/journeys?v=1&period=28d&f=is,page,/contact`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "features-broken", path: `${HOME}/features`, ready: (tab) => tab.getByText("This could not be answered").first().waitFor(), state: { broken: true } },
  { name: "features-empty", path: "/archive.example.org/features?v=1&period=28d", ready: sheets(4) },
  { name: "content", path: `${HOME}/content?v=1&period=28d&sort=-downloads`, ready: sheets(3) },
  { name: "content-empty", path: "/archive.example.org/content?v=1&period=28d&tab=tag", ready: sheets(3) },
  { name: "recommendations", path: `${HOME}/recommendations`, ready: sheets(5) },
  { name: "recommendations-empty", path: "/archive.example.org/recommendations", ready: sheets(5) },
  { name: "recommendations-broken", path: `${HOME}/recommendations`, ready: sheets(5), state: { broken: true } },
  {
    name: "recommendations-editor",
    path: `${HOME}/recommendations`,
    ready: async (tab) => {
      await sheets(5)(tab);
      await tab.getByRole("button", { name: "Change home-page" }).click();
      await tab.getByRole("form", { name: "Change home-page" }).waitFor();
    },
  },
  { name: "segments", path: `${HOME}/segments?v=1&period=28d&f=is,country,AT`, ready: sheets(3) },
  { name: "segments-empty", path: "/archive.example.org/segments?v=1&period=28d", ready: sheets(3) },
  { name: "segments-hidden", path: `${HOME}/segments?v=1&period=28d&f=is,page,/contact`, ready: (tab) => tab.locator(".state.hatched").first().waitFor() },
  { name: "settings", path: `${HOME}/settings`, ready: sheets(1) },
  { name: "settings-plan", path: `${HOME}/settings?v=1&tab=plan`, ready: sheets(2) },
  { name: "settings-history", path: `${HOME}/settings?v=1&tab=history`, ready: sheets(2) },
  { name: "settings-pairs", path: `${HOME}/settings?v=1&tab=history`, ready: (tab) => tab.getByText("Page × Campaign").waitFor(), state: { definitions: { ...DEFINITIONS, pairs: { "page x campaign": ["page", "utm_campaign"] } } } },
  { name: "settings-shields", path: `${HOME}/settings?v=1&tab=shields`, ready: sheets(1) },
  { name: "settings-purge", path: `${HOME}/settings?v=1&tab=purge`, ready: sheets(2) },
  { name: "settings-debug", path: `${HOME}/settings?v=1&tab=debug`, ready: sheets(1) },
  { name: "settings-forbidden", path: `${HOME}/settings`, ready: (tab) => tab.getByText("Not for this account").waitFor(), state: { forbidden: true } },
  { name: "settings-team", path: `${HOME}/settings?v=1&tab=team`, ready: (tab) => tab.getByRole("button", { name: "Make a link" }).waitFor() },
  { name: "settings-team-broken", path: `${HOME}/settings?v=1&tab=team`, ready: (tab) => tab.getByText("This could not be answered").first().waitFor(), state: { broken: true } },
  { name: "settings-reader", path: `${HOME}/settings`, ready: (tab) => tab.getByText("an owner changes them").waitFor(), state: { may: ["ask_questions", "define", "read_settings"] } },
  { name: "intents", path: `${HOME}/intents`, ready: sheets(4) },
  {
    name: "intents-told",
    path: `${HOME}/intents`,
    ready: async (tab) => {
      await sheets(4)(tab);
      await tab.getByLabel("What somebody writes").fill("find articles about open access");
      await tab.getByRole("button", { name: "Tell", exact: true }).click();
      await tab.getByText("by a list or the catalogue").waitFor();
      await tab.locator("summary", { hasText: "open_ticket" }).click();
      await tab.getByRole("textbox", { name: "Webhook" }).waitFor();
    },
  },
  { name: "intents-empty", path: `${HOME}/intents`, ready: (tab) => tab.getByText("Nothing is defined yet").waitFor(), state: { intents: { intents: [] } } },
  { name: "intents-broken", path: `${HOME}/intents`, ready: (tab) => tab.getByText("This could not be answered").first().waitFor(), state: { broken: true } },
  { name: "intents-forbidden", path: `${HOME}/intents`, ready: (tab) => tab.getByText("Not for this account").waitFor(), state: { may: ["ask_questions"] } },
  { name: "privacy", path: `${HOME}/privacy`, ready: sheets(5) },
  { name: "privacy-empty", path: `${HOME}/privacy`, ready: sheets(5), state: { quiet: true } },
  { name: "privacy-broken", path: `${HOME}/privacy`, ready: (tab) => tab.getByText("This could not be answered").nth(3).waitFor(), state: { broken: true } },
  { name: "privacy-forbidden", path: `${HOME}/privacy`, ready: (tab) => tab.getByText("Not for this account").waitFor(), state: { may: ["ask_questions"] } },
  {
    name: "privacy-forget",
    path: `${HOME}/privacy`,
    full: false,
    ready: async (tab) => {
      await sheets(4)(tab);
      await tab.getByRole("button", { name: "Forget somebody" }).click();
      await tab.getByRole("button", { name: "Forget for good" }).waitFor();
    },
  },
  { name: "support", path: `${HOME}/support`, ready: sheets(1), state: { may: ["see_by_code"] } },
  {
    name: "support-seen",
    path: `${HOME}/support`,
    state: { may: ["see_by_code"] },
    ready: async (tab) => {
      await tab.getByRole("textbox", { name: "Code" }).fill("abc def ghj");
      await tab.getByRole("textbox", { name: "Code" }).press("Enter");
      await tab.getByText("member-17").waitFor();
    },
  },
  { name: "retention", path: `${HOME}/retention?v=1&period=91d`, ready: sheets(2) },
  { name: "retention-members", path: `${HOME}/retention`, ready: sheets(2), state: { members: false } },
  { name: "lifecycle", path: `${HOME}/lifecycle?v=1&period=91d`, ready: sheets(3) },
  { name: "lifecycle-members", path: `${HOME}/lifecycle`, ready: sheets(1), state: { members: false } },
  { name: "product-broken", path: `${HOME}/lifecycle`, ready: (tab) => tab.getByText("This could not be answered").waitFor(), state: { broken: true } },
  { name: "collection", path: `${HOME}/collection`, ready: heading("Snippet") },
  { name: "waiting", path: "/new.example.org", ready: heading("Waiting for the first visit") },
  { name: "sign-in", path: "/sign-in", ready: heading("Sign in"), state: { signedIn: false } },
  { name: "setup", path: "/setup#CODE", ready: heading("Set up Outis"), state: { signedIn: false } },
  { name: "new-site", path: "/new", ready: heading("Add a site") },
  { name: "missing", path: "/nowhere.example.org", ready: heading("There is no such site here") },
  { name: "nothing", path: "/a/b/c", ready: heading("There is no page here") },
  { name: "broken", path: HOME, ready: (tab) => tab.locator(".panel .state").nth(3).waitFor(), state: { broken: true } },
  {
    name: "ask",
    path: HOME,
    ready: async (tab) => {
      await overview(tab);
      await tab.keyboard.press("/");
      await tab.getByRole("textbox", { name: "Question" }).fill("downloads per country last month compared with the month before");
      await tab.getByRole("button", { name: "Open in Explore" }).waitFor();
    },
  },
  {
    name: "ask-unclear",
    path: HOME,
    ready: async (tab) => {
      await overview(tab);
      await tab.keyboard.press("/");
      await tab.getByRole("textbox", { name: "Question" }).fill("visitors of room");
      await tab.getByRole("button", { name: "/rooms page" }).waitFor();
    },
  },
];
