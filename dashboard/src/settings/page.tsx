/** `/SITE/settings`: what is kept and shown, what is planned, what is left out, and what becomes of a single event. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { ApiError, api } from "../api/client";
import { again } from "../api/queries";
import type { Plan, Settings, SettingsChange } from "../api/types";
import { useScope } from "../overview/scope";
import { Frame } from "../parts/frame";
import { known, useOwn, withOwn } from "../parts/own";
import { Picker } from "../parts/picker";
import { Answered } from "../parts/sheet";
import { Debug } from "./debug";
import { HistoryForm } from "./history";
import { PlanEditor } from "./plan";
import { PolicyForm } from "./policy";
import { PurgeForm } from "./purge";
import { ShieldsForm } from "./shields";
import { TurnsStrict } from "./strict";

export function SettingsPage() {
  return (
    <Frame plain title="Settings" about="What this site keeps and shows, and what each choice makes possible.">
      <Content />
    </Frame>
  );
}

const TABS = [
  ["policy", "Keeping and showing"],
  ["plan", "Plan"],
  ["history", "History"],
  ["shields", "Left out"],
  ["purge", "Purge"],
  ["debug", "Before and after"],
] as const;

function Content() {
  const { site, view } = useScope();
  const own = useOwn();
  const tab = known(TABS.map(([name]) => name), own.one("tab"), "policy");
  const settings = useQuery({ queryKey: ["settings", site.site], queryFn: ({ signal }) => api.settings(site.site, signal), retry: again });
  const forbidden = settings.error instanceof ApiError && settings.error.status === 403;
  const items = TABS.map(([name, label]) => ({ name: label, view: withOwn(view, { tab: name === "policy" ? undefined : name }) }));
  if (forbidden) {
    return (
      <section className="sheet product">
        <div className="state">
          <p className="state-title">Not for this account</p>
          <p>{settings.error?.message.replace(/^./, (first) => first.toUpperCase())}. What is collected is open to everybody who may see the site.</p>
        </div>
      </section>
    );
  }
  return (
    <>
      <Picker label="Kinds of settings" chosen={TABS.find(([name]) => name === tab)?.[1]} items={items} />
      {settings.data && tab !== "debug" && tab !== "purge" && <TurnsStrict settings={settings.data} onPlan={tab === "plan"} />}
      {tab === "debug" ? (
        <Debug />
      ) : settings.data === undefined ? (
        <section className="sheet product">
          <Answered answer={settings} ghosts={8}>
            {() => null}
          </Answered>
        </section>
      ) : (
        <Form tab={tab} settings={settings.data} />
      )}
    </>
  );
}

function Form({ tab, settings }: { tab: "policy" | "plan" | "history" | "shields" | "purge"; settings: Settings }) {
  if (tab === "purge") return <PurgeForm />;
  if (tab === "history") return <HistoryForm settings={settings} />;
  if (tab === "plan") return <PlanEditor settings={settings} />;
  return tab === "shields" ? <ShieldsForm settings={settings} /> : <PolicyForm settings={settings} />;
}

/** Saves a change, then asks again for everything that may depend on it. */
export function useSaveSettings() {
  const { site } = useScope().site;
  const refresh = useRefresh();
  return useMutation({ mutationFn: (change: SettingsChange) => api.saveSettings(site, change), onSuccess: refresh });
}

export function useSavePlan() {
  const { site } = useScope().site;
  const refresh = useRefresh();
  return useMutation({ mutationFn: (plan: Plan) => api.savePlan(site, plan), onSuccess: refresh });
}

function useRefresh() {
  const { site } = useScope().site;
  const client = useQueryClient();
  return async () => {
    for (const queryKey of [["settings", site], ["collection", site], ["session"]]) await client.invalidateQueries({ queryKey });
  };
}
