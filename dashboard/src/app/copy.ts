/** Copies text, and says so. */

import { useAnnounce } from "./announce";

export function useCopy() {
  const announce = useAnnounce();
  return async (text: string, done: string) => {
    try {
      await navigator.clipboard.writeText(text);
      announce(done);
    } catch {
      announce("The browser does not let this page copy. Select the text and copy it by hand.");
    }
  };
}
