// Builds the scripts, the module and its types into dist, each script also as gzip and brotli.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
rmSync('dist', { recursive: true, force: true });
const shared = { bundle: true, minify: true, target: 'es2020', legalComments: 'none', logLevel: 'warning' };
const scripts = [
  { outfile: 'dist/outis.js', entry: 'src/whole.ts', whole: true },
  { outfile: 'dist/outis.core.js', entry: 'src/core.ts', whole: false },
];
for (const { outfile, entry, whole } of scripts) {
  await build({ ...shared, entryPoints: [entry], outfile, format: 'iife', define: { WHOLE: String(whole) } });
  const script = readFileSync(outfile);
  writeFileSync(`${outfile}.gz`, gzipSync(script, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: script.length };
  writeFileSync(`${outfile}.br`, brotliCompressSync(script, { params }));
}
await build({
  ...shared,
  minify: false,
  entryPoints: ['src/index.ts'],
  outfile: 'dist/index.mjs',
  format: 'esm',
  define: { WHOLE: 'true' },
});
const types = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', 'dist/types'];
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...types], { stdio: 'inherit' });
const published = ['index.d.ts', 'options.d.ts', 'tracker.d.ts'];
for (const name of readdirSync('dist/types')) if (!published.includes(name)) rmSync(`dist/types/${name}`);
writeFileSync('dist/index.d.ts', "export * from './types/index.js';\n");
