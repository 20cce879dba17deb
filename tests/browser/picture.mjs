// The README's picture: the overview of `outis demo`.
//
//     node picture.mjs http://127.0.0.1:8400/library.example EMAIL PASSWORD ../../docs/images/overview.png

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { launch } from './visits.mjs';

const [address, email, password, path] = process.argv.slice(2);
if (!path) throw new Error('usage: picture.mjs ADDRESS EMAIL PASSWORD FILE');
mkdirSync(dirname(path), { recursive: true });
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 1180 } });
await page.goto(new URL('/sign-in', address).href);
await page.locator('input[name=email]').fill(email);
await page.locator('input[name=password]').fill(password);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.waitForURL((url) => url.pathname !== '/sign-in');
await page.goto(address);
await page.waitForLoadState('networkidle');
await page.waitForTimeout(1000);
await page.screenshot({ path });
await browser.close();
