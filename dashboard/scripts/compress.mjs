// Writes a .br and a .gz next to every asset, so that the server only has to choose one.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PACKED = /\.(woff2|png|jpg)$/;

/** @returns {import("vite").Plugin} */
export function compress() {
  let assets = "";
  return {
    name: "compress",
    apply: "build",
    configResolved(config) {
      assets = join(resolve(config.root, config.build.outDir), config.build.assetsDir);
    },
    async closeBundle() {
      for (const name of await readdir(assets)) {
        if (PACKED.test(name) || /\.(br|gz)$/.test(name)) continue;
        const bytes = await readFile(join(assets, name));
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        await writeFile(join(assets, `${name}.br`), brotliCompressSync(bytes, quality));
        await writeFile(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}
