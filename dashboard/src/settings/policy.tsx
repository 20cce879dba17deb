/** How long rows live, how small a group may be, and what may be joined; each choice with what it makes possible. */

import { type FormEvent, type ReactNode, useState } from "react";

import type { Settings } from "../api/types";
import { useAnnounce } from "../app/announce";
import { Check, Choice, Some } from "../parts/fields";
import { Sheet } from "../parts/sheet";
import { dimensionName } from "../view/words";
import { useSaveSettings } from "./page";
import { Saving } from "./saving";
import { admissionMeans, daysMean, floorMeans, GPC_MEANS, graceMeans, idleMeans, LINK_MEANS, noiseMeans, publicListsMean } from "./means";
import { Spent } from "./spent";

type Policy = Settings["policy"] & { not_collected?: string[] };

const FEW = ["5", "10", "15", "20", "30", "50"];
const people = (now: number) => [...new Set([...FEW, String(now)])].sort((a, b) => Number(a) - Number(b)).map((n): [string, string] => [n, n === "1" ? "1 person (development)" : `${n} people`]);
const DAYS = ["1", "7", "14", "28", "35", "63", "92"];
const MONTHS = ["1", "3", "6", "12", "24", "36", "60"];
const NOISE = ["0.5", "1", "2", "4", "8"];
const LEAVABLE = ["referrer", "country", "region", "browser", "os", "device", "screen", "utm_campaign", "utm_content", "utm_term"];

export function PolicyForm({ settings }: { settings: Settings }) {
  const [policy, setPolicy] = useState<Policy>(settings.policy);
  const save = useSaveSettings();
  const announce = useAnnounce();
  const change = (part: Partial<Policy>) => setPolicy({ ...policy, ...part });
  const changed = JSON.stringify(policy) !== JSON.stringify(settings.policy);
  const link = policy.link ?? "day";
  const epsilon = policy.noise?.epsilon;
  const epsilons = [...new Set([...NOISE, ...(epsilon === undefined ? [] : [String(epsilon)])])].sort((a, b) => Number(a) - Number(b));
  const days = [...new Set([...DAYS, String(policy.recent_days)])].sort((a, b) => Number(a) - Number(b));
  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate({ policy }, { onSuccess: () => announce("Settings saved") });
  }
  return (
    <form onSubmit={submit}>
      <Sheet title="Keeping and showing">
        <div className="sheet-body settings-list">
          <Setting
            field={<Choice label="Rows are kept" value={String(policy.recent_days)} options={days.map((n): [string, string] => [n, n === "1" ? "1 day" : `${n} days`])} onChange={(n) => change({ recent_days: Number(n) })} />}
          >
            {daysMean(policy.recent_days)}
          </Setting>
          {policy.idle_months !== undefined && (
            <Setting
              field={<Choice label="Members who are not there any more are kept" value={String(policy.idle_months)} options={MONTHS.map((n): [string, string] => [n, n === "1" ? "1 month" : `${n} months`])} onChange={(n) => change({ idle_months: Number(n) })} />}
            >
              {idleMeans(policy.idle_months)}
            </Setting>
          )}
          <Setting field={<Choice label="Smallest group shown" value={String(policy.floor)} options={people(policy.floor)} onChange={(n) => change({ floor: Number(n) })} />}>{floorMeans(policy.floor)}</Setting>
          <Setting field={<Choice label="A new word is kept once seen with" value={String(policy.admission)} options={people(policy.admission)} onChange={(n) => change({ admission: Number(n) })} />}>
            {admissionMeans(policy.admission)}
          </Setting>
          <Setting
            field={
              <Choice
                label="What may be joined"
                value={link}
                options={[
                  ["day", "Nothing beyond a day"],
                  ["period", "Consenting members, for a period"],
                ]}
                onChange={(now) => change({ link: now })}
              />
            }
          >
            {LINK_MEANS[link]}
          </Setting>
          <Setting
            field={
              <Choice
                label="Noise in history"
                value={String(epsilon ?? "off")}
                options={[["off", "None"], ...epsilons.map((n): [string, string] => [n, `Epsilon ${n} for a visitor's day`])]}
                onChange={(now) => change({ noise: now === "off" ? null : { epsilon: Number(now) } })}
              />
            }
          >
            {noiseMeans(epsilon)} It begins with the next close. <Spent />
          </Setting>
          <Setting
            field={
              <Choice
                label="Browsers that object (Global Privacy Control)"
                value={policy.gpc}
                options={[
                  ["count-only", "Count, without a visitor"],
                  ["drop", "Do not store"],
                  ["ignore", "Treat like any other"],
                ]}
                onChange={(gpc) => change({ gpc })}
              />
            }
          >
            {GPC_MEANS[policy.gpc]}
          </Setting>
          <Setting field={<Choice label="After a day ends, its key lives" value={String(policy.grace_hours)} options={["1", "2", "4", "8", "12"].map((n): [string, string] => [n, n === "1" ? "1 hour" : `${n} hours`])} onChange={(n) => change({ grace_hours: Number(n) })} />}>
            {graceMeans(policy.grace_hours)}
          </Setting>
          <Setting
            field={
              <Check checked={policy.languages} onChange={(languages) => change({ languages })}>
                Languages are collected
              </Check>
            }
          >
            {policy.languages ? "Languages are counted singly, never together with a filter." : "No language of a browser is stored."}
          </Setting>
          {policy.public_lists !== undefined && (
            <Setting
              field={
                <Check checked={policy.public_lists} onChange={(public_lists) => change({ public_lists })}>
                  Lists of items are open to everybody
                </Check>
              }
            >
              {publicListsMean(policy.public_lists)}
            </Setting>
          )}
          {policy.not_collected && (
            <Setting
              wide
              field={
                <Some
                  label="Not collected at all"
                  options={[...new Set([...LEAVABLE, ...policy.not_collected])].map((name): [string, string] => [name, dimensionName(name)])}
                  chosen={policy.not_collected}
                  onChange={(not_collected) => change({ not_collected })}
                />
              }
            >
              What is chosen here is thrown away before anything is written. Lists and filters of it stay empty from then on.
            </Setting>
          )}
          <Saving label="Save settings" changed={changed} saving={save} onUndo={() => setPolicy(settings.policy)} />
        </div>
      </Sheet>
    </form>
  );
}

function Setting({ field, wide, children }: { field: ReactNode; wide?: boolean; children: ReactNode }) {
  return (
    <div className="setting" data-wide={wide || undefined}>
      {field}
      <p className="quiet">{children}</p>
    </div>
  );
}
