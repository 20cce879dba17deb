/** Pages that count as one step: a name, and which pages. Sections of the site are offered. */

import { ActionIcon, Button } from "@mantine/core";
import { useState } from "react";

import type { ApiError } from "../api/client";
import { sentence } from "../format/text";
import { Cross, Plus } from "../header/icons";
import { LateText } from "../parts/fields";
import { useOwn } from "../parts/own";
import { isMeant, type JourneysState, MOST_GROUPS, type PageGroup, sections, writeGroup } from "./state";

export function PageGroups({ state, keys, wrong }: { state: JourneysState; keys: string[]; wrong: ApiError | undefined }) {
  const own = useOwn();
  const { groups } = state;
  const [editing, setEditing] = useState(false);
  // Groups that are filled in are told in short.
  const open = editing || !groups.every(isMeant);
  const offered = sections(keys, groups);
  const refused = wrong?.pointer?.startsWith("/groups") ? sentence(wrong.message) : undefined;
  const put = (list: PageGroup[]) => own.put({ pages: list.map(writeGroup), walk: undefined, via: undefined });
  const change = (at: number, part: Partial<PageGroup>) => put(groups.map((group, n) => (n === at ? { ...group, ...part } : group)));
  return (
    <div className="labelled">
      <span className="choice-label">Pages counted as one step</span>
      {groups.length > 0 && !open && (
        <ul className="some" aria-label="Pages counted as one step">
          {groups.map((group, at) => (
            <li key={`${at}-${group.name}-${group.pattern}`} className="value">
              {group.name} <span className="quiet">{group.pattern}</span>
              <button type="button" className="bare-button" aria-label={`Remove group ${at + 1}`} onClick={() => put(groups.filter((_, n) => n !== at))}>
                <Cross />
              </button>
            </li>
          ))}
        </ul>
      )}
      {groups.length > 0 && open && (
        <ul className="page-groups" aria-label="Pages counted as one step">
          {groups.map((group, at) => (
            <li key={`${at}-${group.name}-${group.pattern}`}>
              <LateText label={`Name of group ${at + 1}`} value={group.name} onChange={(name) => change(at, { name })} />
              <LateText label={`Pages of group ${at + 1}`} placeholder="/items/**" value={group.pattern} onChange={(pattern) => change(at, { pattern })} />
              <ActionIcon variant="subtle" className="quiet-button" aria-label={`Remove group ${at + 1}`} onClick={() => put(groups.filter((_, n) => n !== at))}>
                <Cross />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {refused && <p className="wrong small">{refused}</p>}
      <div className="labelled-line">
        {offered.length > 0 && (
          <Button variant="default" size="compact-sm" onClick={() => put([...groups, ...offered])}>
            {offered.length === 1 ? `Count ${offered[0]?.name} as one step` : `Count sections as one step each: ${offered.slice(0, 3).map(({ name }) => name).join(", ")}${offered.length > 3 ? ", …" : ""}`}
          </Button>
        )}
        <Button variant="subtle" size="compact-sm" className="quiet-button" leftSection={<Plus />} disabled={groups.length >= MOST_GROUPS} onClick={() => put([...groups, { name: "", pattern: "" }])}>
          Add a group of pages
        </Button>
        {groups.length > 0 && (
          <>
            {!open && (
              <Button variant="subtle" size="compact-sm" className="quiet-button" onClick={() => setEditing(true)}>
                Change groups
              </Button>
            )}
            <Button variant="subtle" size="compact-sm" className="quiet-button" onClick={() => put([])}>
              No groups
            </Button>
          </>
        )}
      </div>
      {groups.length > 0 && open && <p className="quiet small">* stands for one part of a path, ** at the end for any rest. A page is in the first group that fits.</p>}
    </div>
  );
}
