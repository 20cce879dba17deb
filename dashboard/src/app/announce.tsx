/** Short messages: shown at the foot of the page for a moment, and read aloud. */

import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";

const Announce = createContext<(message: string) => void>(() => undefined);

export function useAnnounce() {
  return use(Announce);
}

export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ message: "", count: 0 });
  const say = useCallback((message: string) => setSaid((before) => ({ message, count: before.count + 1 })), []);
  useEffect(() => {
    if (said.message === "") return;
    const timer = setTimeout(() => setSaid((now) => ({ ...now, message: "" })), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <Announce value={say}>
      {children}
      <output className="toast" aria-live="polite" data-shown={said.message !== "" || undefined}>
        {said.message}
      </output>
    </Announce>
  );
}
