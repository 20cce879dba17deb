// Pictures of `outis demo` for the documents.
//
//     node picture.mjs http://127.0.0.1:8400/library.example EMAIL PASSWORD ../../docs/images

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

await picture('overview', '');
await picture('funnel', '/funnels', 820, () => page.getByRole('link', { name: 'Into a course' }).first().click());
await picture('journeys', '/journeys', 1000);
await browser.close();
