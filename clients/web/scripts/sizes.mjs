// Fails when a script is larger than promised.

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const most = { 'outis.core.js': 2048, 'outis.js': 4096, 'outis-suggest.js': 3072 };
for (const [name, bytes] of Object.entries(most)) {
  const file = fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
  const [plain, gzip, brotli] = ['', '.gz', '.br'].map((ending) => statSync(file + ending).size);
  console.log(`${name}: ${plain} bytes, ${gzip} gzip (at most ${bytes}), ${brotli} brotli`);
  if (gzip > bytes) process.exitCode = 1;
}
