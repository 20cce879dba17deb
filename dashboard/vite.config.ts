import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { compress } from "./scripts/compress.mjs";

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    target: ["chrome123", "firefox121", "safari17.5"],
    // Everything is a file of our own: the content security policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "assets/licences.md" },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8400" } },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
