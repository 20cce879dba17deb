// Pictures of pages, to be looked at: node test/shots.mjs DIR [name ...]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { browse } from "./browser.mjs";
import { fresh, start } from "./fixture.mjs";
import { PAGES } from "./pages.mjs";

const [dir = "shots", ...names] = process.argv.slice(2);
await mkdir(dir, { recursive: true });
const server = await start(fileURLToPath(new URL("../dist", import.meta.url)));
const browser = await browse();
for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 320]) {
    for (const page of PAGES) {
      if (names.length > 0 && !names.includes(page.name)) continue;
      const context = await browser.newContext({ colorScheme: scheme, reducedMotion: "reduce", viewport: { width, height: 900 } });
      await context.clock.install({ time: new Date("2026-11-24T13:55:00Z") });
      const tab = await context.newPage();
      Object.assign(server.state, fresh(), page.state);
      await tab.goto(`${server.origin}${page.path}`);
      await page.ready(tab);
      await tab.screenshot({ path: `${dir}/${page.name}-${scheme}-${width}.png`, fullPage: page.full ?? true });
      await context.close();
    }
  }
}
await browser.close();
server.stop();
