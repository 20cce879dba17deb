/** The stops that the ways looked at begin with; each leads back to fewer of them. */

import { Link } from "@tanstack/react-router";

import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { joined } from "../view/view";
import { stepName } from "./chosen";
import type { JourneysState } from "./state";

export function Prefix({ state }: { state: JourneysState }) {
  const { view } = useScope();
  const { via, unit, direction } = state;
  if (via.length === 0) return null;
  const first = (count: number) => withOwn(view, { via: via.slice(0, count).map((key) => joined([key])), walk: undefined });
  return (
    <nav className="prefix sheet-line" aria-label="Stops that the ways have in common">
      <span className="quiet">{direction === "backward" ? "Only ways that end with" : "Only ways that begin with"}</span>
      <ol>
        {via.map((key, at) => (
          <li key={`${at}-${key}`}>
            {at + 1 < via.length ? (
              <Link to="." search={first(at + 1)}>
                {stepName(key, unit)}
              </Link>
            ) : (
              <strong>{stepName(key, unit)}</strong>
            )}
          </li>
        ))}
      </ol>
      <Link to="." search={first(0)}>
        All ways
      </Link>
    </nav>
  );
}
