/** `/SITE/segments`: filters under a name, and two of them side by side. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { FilterAsked } from "../api/types";
import { useAnnounce } from "../app/announce";
import { sentence } from "../format/text";
import { question, useScope } from "../overview/scope";
import { useDefinitions, useRemoveDefinition } from "../parts/definitions";
import { Frame } from "../parts/frame";
import { Save } from "../parts/save";
import { filterName, fromAsked } from "../parts/selectors";
import { Answered, Sheet } from "../parts/sheet";
import { Compare } from "./compare";

export function SegmentsPage() {
  return (
    <Frame title="Segments" about="Filters under a name. A segment is a way to ask, never a list of people.">
      <Saved />
      <Create />
      <Compare />
    </Frame>
  );
}

const words = (filters: FilterAsked[]) => filters.map((filter) => filterName(fromAsked(filter))).join(" and ");

function Saved() {
  const { view } = useScope();
  const definitions = useDefinitions();
  const remove = useRemoveDefinition();
  const announce = useAnnounce();
  return (
    <Sheet title="Saved segments">
      <Answered answer={definitions}>
        {({ segments }) =>
          Object.keys(segments).length === 0 ? (
            <div className="state">
              <p className="state-title">No segment yet</p>
              <p>Set filters above, then save them under a name below.</p>
            </div>
          ) : (
            <div className="sheet-body">
              {remove.isError && <p className="problem">{sentence(remove.error.message)}</p>}
              <ul className="pairs">
                {Object.entries(segments).map(([name, { filters }]) => (
                  <li key={name}>
                    <span>
                      <strong>{name}</strong> <span className="quiet">{words(filters)}</span>
                    </span>
                    <span className="actions">
                      <Link to="." search={{ ...view, f: filters.map(fromAsked) }}>
                        Filter by it<span className="visually-hidden"> {name}</span>
                      </Link>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        className="quiet-button"
                        aria-label={`Remove ${name}`}
                        onClick={() => remove.mutate({ kind: "segments", name }, { onSuccess: () => announce(`Removed: ${name}`) })}
                      >
                        Remove
                      </Button>
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          )
        }
      </Answered>
    </Sheet>
  );
}

function Create() {
  const filters = question(useScope()).filters ?? [];
  return (
    <Sheet title="Save the filters above">
      <div className="sheet-body">
        <p>{filters.length > 0 ? words(filters) : <span className="quiet">No filter is set. Add one above to make a segment of it.</span>}</p>
        <Save kind="segments" what="segment" name={undefined} value={filters.length > 0 ? { filters } : undefined} onSaved={() => undefined} />
      </div>
    </Sheet>
  );
}
