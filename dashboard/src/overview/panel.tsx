/** One panel of lists: tabs, rows with bars behind them, and how they were counted. */

import { Button } from "@mantine/core";
import { lazy, Suspense, useId, useState } from "react";

import { useAnswer } from "../api/queries";
import type { Asked } from "../api/types";
import { Actions } from "./actions";
import { HowShort } from "./how";
import type { ListTab, PanelDef } from "./panels";
import { Rows, SHOWN } from "./rows";
import { question, type Scope, useScope } from "./scope";
import { AllHidden, Failed, GhostRows, NoData, NotCollected, Single } from "./states";
import { Tabs } from "./tabs";

const Details = lazy(() => import("./details"));

export function Panel({ panel }: { panel: PanelDef }) {
  const [at, setAt] = useState(0);
  const id = useId();
  const tab = panel.tabs[at] ?? panel.tabs[0];
  if (!tab) return null;
  const single = panel.tabs.length === 1;
  return (
    <section className="sheet panel" aria-label={panel.title}>
      {single ? (
        <h2 className="panel-title">{panel.title}</h2>
      ) : (
        <Tabs label={panel.title} controls={id} names={panel.tabs.map((t) => t.label)} chosen={at} onChoose={setAt} />
      )}
      <div className="panel-body" id={id} role={single ? undefined : "tabpanel"} aria-labelledby={single ? undefined : `${id}-tab-${at}`}>
        <List key={tab.dimension} tab={tab} />
      </div>
    </section>
  );
}

/** What keeps a list from being asked for at all. */
function obstacle(tab: ListTab, scope: Scope): "not_collected" | "single" | undefined {
  const { collection, view } = scope;
  const base = tab.dimension.replace(/^(entry|exit)_/, "");
  if (collection?.not_collected.includes(base)) return "not_collected";
  return tab.dimension === "language" && view.f ? "single" : undefined;
}

function List({ tab }: { tab: ListTab }) {
  const scope = useScope();
  const [details, setDetails] = useState(false);
  const inTheWay = obstacle(tab, scope);
  const asked: Asked = {
    ...question(scope),
    metrics: ["visitors", "percentage"],
    dimension: tab.dimension,
    // One more, in which a short list tells what was folded together.
    limit: SHOWN + 1,
  };
  const answer = useAnswer("breakdown", asked, { enabled: !inTheWay, growing: scope.growing });
  if (inTheWay === "not_collected") return <NotCollected what={tab.what} />;
  if (inTheWay === "single") return <Single />;
  if (answer.isError && !answer.data) return <Failed error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <GhostRows count={SHOWN} />;

  const { rows, hidden, how, total_rows } = answer.data;
  const shown = rows.slice(0, SHOWN);
  const more = total_rows > rows.length || rows.filter((row) => row.kind !== "other").length > SHOWN;
  const empty = rows.length === 0;
  return (
    <>
      <div className="panel-rows" data-stale={answer.isPlaceholderData || undefined}>
        {empty && hidden.groups === 0 && <NoData what={tab.what} />}
        {empty && hidden.groups > 0 && <AllHidden groups={hidden.groups} floor={hidden.floor} what={tab.what} />}
        {!empty && <Rows tab={tab} answer={answer.data} />}
      </div>
      <div className="foot">
        <HowShort how={how} />
        {!empty && (
          <Button variant="subtle" size="compact-sm" className="quiet-button" onClick={() => setDetails(true)}>
            {more ? `All ${total_rows}` : "Details"}
            <span className="visually-hidden">
              {more ? "" : " of"} {tab.what}
            </span>
          </Button>
        )}
        <Actions
          name={tab.dimension}
          of={tab.what}
          header={[tab.dimension, "visitors", "percentage"]}
          rows={shown.map((row) => [row.keys[0] ?? "", row.values[0] ?? null, row.values[1] ?? null])}
          form="breakdown"
          asked={asked}
          answer={answer.data}
        />
      </div>
      {details && (
        <Suspense>
          <Details tab={tab} onClose={() => setDetails(false)} />
        </Suspense>
      )}
    </>
  );
}
