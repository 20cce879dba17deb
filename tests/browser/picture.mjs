// Pictures of the dashboard for the documents: of `outis demo`, and of retention.
//
//     node picture.mjs http://127.0.0.1:8400/library.example EMAIL PASSWORD ../../docs/images

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../../dashboard/test/fixture.mjs';
import { launch } from './visits.mjs';

const [address, email, password, folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: picture.mjs ADDRESS EMAIL PASSWORD FOLDER');
mkdirSync(folder, { recursive: true });
const browser = await launch();
const page = await browser.newPage();
await page.goto(new URL('/sign-in', address).href);
await page.locator('input[name=email]').fill(email);
await page.locator('input[name=password]').fill(password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.waitForURL((url) => url.pathname !== '/sign-in');

async function picture(name, path, height = 1180, prepare = async () => {}) {
  await page.setViewportSize({ width: 1280, height });
  await page.goto(`${address}${path}`);
  await page.waitForLoadState('networkidle');
  await prepare();
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('main .ghost, main [data-stale]'));
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

await picture('overview', '');
await picture('explore', '/explore?v=1&period=28d&event=event,download&event=event,enrol&event=event,bookmark', 960);
await picture('funnel', '/funnels', 780, () => page.getByRole('link', { name: 'Into a course' }).first().click());
await picture('journeys', '/journeys', 940, async () => {
  await page.getByRole('button', { name: /^Count/ }).click();
  await page.getByRole('button', { name: 'No groups' }).waitFor();
});
await picture('features', '/features', 1040);
await picture('goals', '/goals?v=1&period=28d&by=channel', 1120);

// The demo has no members, so this one is of the made-up server of the dashboard's own tests.
const made = await start(fileURLToPath(new URL('../../dashboard/dist', import.meta.url)));
await page.clock.install({ time: new Date('2026-11-24T13:55:00Z') });
await page.setViewportSize({ width: 1280, height: 760 });
await page.goto(`${made.origin}/library.example.org/retention?v=1&period=91d`);
await page.locator('.triangle').waitFor();
await page.evaluate(() => document.fonts.ready);
await page.screenshot({ path: join(folder, 'retention.png') });
made.stop();
await browser.close();
