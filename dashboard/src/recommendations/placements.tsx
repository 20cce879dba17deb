/** Where lists are shown, what editors decide about them, and what that did. */

import { useState } from "react";

import { counted } from "../format/number";
import { may } from "../header/pages";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Answered, Sheet } from "../parts/sheet";
import { usePlacements, useTitles } from "./calls";
import { Did } from "./did";
import { PlacementEditor } from "./editor";
import type { Placement } from "./shapes";
import { itemsOf, LOGICS, ruleText } from "./words";

const FRESH: Placement = { name: "", logic: "for_you", diversity: 0.2, explore: 0.1, rules: [], variants: [] };

export function Placements() {
  const { site, session } = useScope();
  const answer = usePlacements(site.site);
  const [editing, setEditing] = useState<string>();
  const edits = may(session, "define");
  return (
    <Sheet title="Placements and rules">
      <Answered answer={answer}>
        {({ placements, built_in }) => (
          <>
            <div className="sheet-body">
              <p className="quiet measured">
                A placement is a named place of the application where a list is shown. {built_in.join(", ")} are there without being declared.
              </p>
            </div>
            {placements.length === 0 && (
              <State title="No placement is declared">
                <p>{edits ? "Declare one to pin, raise or leave out items, or to compare variants." : "An analyst or owner declares one to pin, raise or leave out items, or to compare variants."}</p>
              </State>
            )}
            <ul className="placements">
              {placements.map(({ number: _, idle_rules, ...placement }) => (
                <li key={placement.name}>
                  <h3>{placement.name}</h3>
                  <p className="quiet small">
                    {LOGICS.find(([logic]) => logic === placement.logic)?.[1]}
                    {(placement.variants ?? []).length > 0 && `; ${counted(placement.variants?.length ?? 0, "variant", "variants")}`}
                  </p>
                  <Rules placement={placement} idle={idle_rules} />
                  <Did name={placement.name} />
                  {edits && editing !== placement.name && (
                    <button type="button" className="text-button" onClick={() => setEditing(placement.name)} aria-label={`Change ${placement.name}`}>
                      Change
                    </button>
                  )}
                  {editing === placement.name && <PlacementEditor placement={placement} onClose={() => setEditing(undefined)} />}
                </li>
              ))}
            </ul>
            {edits && (
              <div className="sheet-body">
                {editing === "" ? (
                  <PlacementEditor placement={FRESH} fresh onClose={() => setEditing(undefined)} />
                ) : (
                  <button type="button" className="picked fresh" onClick={() => setEditing("")}>
                    Declare a placement
                  </button>
                )}
              </div>
            )}
          </>
        )}
      </Answered>
    </Sheet>
  );
}

function Rules({ placement, idle }: { placement: Placement; idle: string[] }) {
  const { site } = useScope();
  const rules = placement.rules ?? [];
  const titleOf = useTitles(site.site, itemsOf(rules));
  if (rules.length === 0) return null;
  return (
    <ul className="plain">
      {rules.map((rule, at) => (
        <li key={ruleText(rule)}>
          {ruleText(rule, titleOf)}
          {idle.some((place) => `${place}/`.startsWith(`/rules/${at}/`)) && <span className="quiet small"> · not in the catalogue any more, left out</span>}
        </li>
      ))}
    </ul>
  );
}
