// The browser of the tests: the one of the system, with playwright's protocol.
import { chromium } from "playwright-core";

export function browse() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--font-render-hinting=none"] });
}
