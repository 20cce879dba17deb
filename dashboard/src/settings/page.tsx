/** `/SITE/settings`: what is kept and shown, what is planned, what is left out, and what becomes of a single event. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { ApiError, api } from "../api/client";
import { again } from "../api/queries";
import type { Permission, Plan, Settings, SettingsChange } from "../api/types";
import { sentence } from "../format/text";
import { may } from "../header/pages";
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
import { Team } from "./team";

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
  ["team", "Team"],
] as const satisfies readonly (readonly [string, string])[];

const NEEDS: Record<(typeof TABS)[number][0], Permission> = {
  policy: "read_settings",
  plan: "read_settings",
  history: "read_settings",
  shields: "read_settings",
  purge: "purge",
  debug: "see_test_events",
  team: "see_team",
};

function Content() {
  const { session, site, view } = useScope();
  const own = useOwn();
  const tabs = TABS.filter(([name]) => may(session, NEEDS[name]));
  const tab = known(TABS.map(([name]) => name), own.one("tab"), "policy");
  const settings = useQuery({ queryKey: ["settings", site.site], queryFn: ({ signal }) => api.settings(site.site, signal), enabled: may(session, "read_settings"), retry: again });
  const forbidden = !may(session, NEEDS[tab]) || (settings.error instanceof ApiError && settings.error.status === 403);
  const items = tabs.map(([name, label]) => ({ name: label, view: withOwn(view, { tab: name === "policy" ? undefined : name }) }));
  if (forbidden) {
    return (
      <section className="sheet product">
        <div className="state">
          <p className="state-title">Not for this account</p>
          <p>
            {sentence(settings.error?.message ?? "the roles of this account do not include this; an owner gives roles under Settings, Team")} What is
            collected is open to everybody who may see the site.
          </p>
        </div>
      </section>
    );
  }
  return (
    <>
      <Picker label="Kinds of settings" chosen={TABS.find(([name]) => name === tab)?.[1]} items={items} />
      {settings.data && ["policy", "plan", "shields"].includes(tab) && !may(session, "configure") && <ReadOnly />}
      {settings.data && tab !== "debug" && tab !== "team" && tab !== "purge" && <TurnsStrict settings={settings.data} onPlan={tab === "plan"} />}
      {tab === "debug" ? (
        <Debug />
      ) : tab === "team" ? (
        <Team />
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

function ReadOnly() {
  return (
    <p className="notice" role="note">
      You see these settings; an owner changes them.
    </p>
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
