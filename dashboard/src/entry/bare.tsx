/** A page with one thing on it: the mark, a title, and what is to be done. */

import { type ReactNode, useEffect } from "react";

import { Wordmark } from "../brand/mark";

export function Bare({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Outis`;
  }, [title]);
  return (
    <main id="main" className="bare">
      <Wordmark />
      <section className="sheet bare-sheet">
        <h1>{title}</h1>
        {children}
      </section>
    </main>
  );
}
