// How much is sent: fails when the built dashboard is heavier than was agreed.
import { readdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const WHOLE_KIB = 450;
const FONTS_KIB = 100;

const assets = fileURLToPath(new URL("../dist/assets/", import.meta.url));
const sizes = { ui: 0, fonts: 0 };
for (const name of await readdir(assets)) {
  const { size } = await stat(assets + name);
  if (name.endsWith(".br")) sizes.ui += size;
  if (name.endsWith(".woff2")) sizes.fonts += size;
}
const kib = (bytes) => Math.round(bytes / 102.4) / 10;
console.log(`whole dashboard ${kib(sizes.ui)} KiB brotli of ${WHOLE_KIB}, fonts ${kib(sizes.fonts)} KiB of ${FONTS_KIB}`);
if (sizes.ui === 0 || sizes.ui > WHOLE_KIB * 1024 || sizes.fonts > FONTS_KIB * 1024) process.exitCode = 1;
