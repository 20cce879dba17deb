/** The developer's own test traffic: what came, and what of it was stored. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import { useScope } from "../overview/scope";
import { Answered, Sheet } from "../parts/sheet";

const EVERY_MS = 5000;

export function Debug() {
  const { site } = useScope().site;
  const answer = useQuery({ queryKey: ["debug", site], queryFn: ({ signal }) => api.debug(site, signal), refetchInterval: EVERY_MS, retry: again });
  return (
    <Sheet title="Before and after anonymisation">
      <div className="sheet-body">
        <p className="quiet">
          Only events that carried a developer’s debug token are here: the last 20 of the last 15 minutes, in memory only. Events of visitors can be looked at by nobody.
        </p>
      </div>
      <Answered answer={answer}>
        {({ events }) =>
          events.length === 0 ? (
            <div className="state">
              <p className="state-title">No test traffic yet</p>
              <p>
                Make a debug token with <code>outis site debug-token {site}</code>, and send it as <code>debug</code> beside the events of your own test page.
              </p>
            </div>
          ) : (
            <ol className="debugged">
              {events.map((event, at) => (
                <li key={at}>
                  <Side title="What came" of={event.received} other={event.stored} />
                  <Side title="What was stored" of={event.stored} />
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </Sheet>
  );
}

function Side({ title, of, other }: { title: string; of: Record<string, unknown>; other?: Record<string, unknown> }) {
  const kept = other ? new Set(flat(other).map(([, value]) => text(value))) : undefined;
  return (
    <section>
      <h3>{title}</h3>
      <dl className="debugged-side">
        {flat(of).map(([key, value]) => (
          <div key={key} data-gone={(kept && !kept.has(text(value))) || undefined}>
            <dt>{key}</dt>
            <dd>
              {text(value)}
              {kept && !kept.has(text(value)) && <span className="visually-hidden"> (not stored like this)</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Properties stand beside what is around them. */
function flat(of: Record<string, unknown>): [string, unknown][] {
  return Object.entries(of).flatMap(([key, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, one]): [string, unknown] => [`${key}.${inner}`, one])
      : [[key, value]],
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
