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
  { outfile: 'dist/outis-suggest.js', entry: 'src/suggest/script.ts', whole: true },
];
for (const { outfile, entry, whole } of scripts) {
  await build({ ...shared, entryPoints: [entry], outfile, format: 'iife', define: { WHOLE: String(whole) } });
  const script = readFileSync(outfile);
  writeFileSync(`${outfile}.gz`, gzipSync(script, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: script.length };
  writeFileSync(`${outfile}.br`, brotliCompressSync(script, { params }));
}
const modules = { index: 'src/index.ts', suggest: 'src/suggest/index.ts', react: 'src/suggest/react.tsx' };
for (const [name, entry] of Object.entries(modules)) {
  await build({
    ...shared,
    minify: false,
    entryPoints: [entry],
    outfile: `dist/${name}.mjs`,
    format: 'esm',
    define: { WHOLE: 'true' },
    jsx: 'automatic',
    external: ['react'],
  });
}
const types = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', 'dist/types'];
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', ...types], { stdio: 'inherit' });
const published = ['index.d.ts', 'options.d.ts', 'tracker.d.ts'];
for (const name of readdirSync('dist/types')) {
  if (name.endsWith('.ts') && !published.includes(name)) rmSync(`dist/types/${name}`);
}
writeFileSync('dist/index.d.ts', "export * from './types/index.js';\n");
writeFileSync('dist/suggest.d.ts', "export * from './types/suggest/index.js';\n");
writeFileSync('dist/react.d.ts', "export * from './types/suggest/react.js';\n");
