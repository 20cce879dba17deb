/** A site without events yet: the snippet, and what has arrived so far, looked after every few seconds. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { Collection } from "../api/types";
import { whole } from "../format/number";
import { Snippet } from "./snippet";

export function Waiting({ collection, onSkip }: { collection: Collection; onSkip: () => void }) {
  const { dropped } = collection.counters;
  return (
    <section className="sheet waiting">
      <h2>Waiting for the first visit</h2>
      <p>Put this line into the head of every page of {collection.site}, then open a page of it.</p>
      <Snippet text={collection.snippet} />
      <p className="waiting-state" role="status">
        <span className="dot" aria-hidden="true" />
        {dropped.length === 0 ? "Nothing has arrived yet. This page looks every few seconds." : "Something arrived, but nothing was stored:"}
      </p>
      {dropped.length > 0 && (
        <ul className="plain">
          {dropped.map((reason) => (
            <li key={reason.reason}>
              <strong>{whole(reason.count)}</strong> {reason.means}
            </li>
          ))}
        </ul>
      )}
      <div className="actions">
        <Button variant="default" onClick={onSkip}>
          Look at the empty overview
        </Button>
        <Link to="/$site/collection" params={{ site: collection.site }}>
          What is collected
        </Link>
      </div>
    </section>
  );
}
