/** Which period is shown, what it is compared with, and the one before and after. */

import { ActionIcon, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";

import { useLatest, useScope } from "../overview/scope";
import { dayRange } from "../format/date";
import { useLayer } from "../parts/layer";
import { periodName, shifted } from "../view/period";
import { type Comparison, PERIODS, type Preset, type View } from "../view/view";
import { After, Before, Chevron } from "./icons";

const Days = lazy(() => import("./days"));
const load = () => import("./menus");
const PeriodMenu = lazy(async () => ({ default: (await load()).PeriodMenu }));
const ComparingMenu = lazy(async () => ({ default: (await load()).ComparingMenu }));

/** Sent by the keyboard: choose the days of the period. */
export const SHOW_CUSTOM = "outis:custom";

export const KEYS: Partial<Record<Preset, string>> = {
  today: "D",
  yesterday: "E",
  "24h": "H",
  "7d": "W",
  "28d": "F",
  "30d": "T",
  "91d": "N",
  month: "M",
  last_month: "P",
  year: "Y",
  "6mo": "S",
  "12mo": "L",
  all: "A",
};

export const PRESET_KEYS: [string, Preset][] = PERIODS.flatMap((preset) => {
  const key = KEYS[preset];
  return key ? [[key.toLowerCase(), preset] as [string, Preset]] : [];
});

/** The view with another period; an interval is dropped, because it may not fit. */
export function ofPeriod(view: View, period: Preset): View {
  const { date: _d, from: _f, to: _t, interval: _i, ...rest } = view;
  return { ...rest, period };
}

export function useGo() {
  const navigate = useNavigate();
  return (view: View) => void navigate({ to: ".", search: view });
}

/** `compares`: whether the page compares with other days at all. */
export function PeriodBar({ compares = true }: { compares?: boolean }) {
  const { view, today } = useScope();
  const go = useGo();
  const [custom, setCustom] = useState<"period" | "comparison">();
  useEffect(() => {
    const show = () => setCustom("period");
    window.addEventListener(SHOW_CUSTOM, show);
    return () => window.removeEventListener(SHOW_CUSTOM, show);
  }, []);
  const latest = useLatest();
  const step = (by: -1 | 1) => {
    const now = latest();
    const to = shifted(now.view, by, now.today);
    if (to) go(to);
  };
  const [before, after] = [shifted(view, -1, today), shifted(view, 1, today)];
  return (
    <div className="period-bar" role="group" aria-label="Period">
      {compares && <Comparing onCustom={() => setCustom("comparison")} />}
      <div className="period-steps">
        <ActionIcon variant="default" size={36} disabled={!before} onClick={() => step(-1)} aria-label="Period before">
          <Before />
        </ActionIcon>
        <Periods onCustom={() => setCustom("period")} />
        <ActionIcon variant="default" size={36} disabled={!after} onClick={() => step(1)} aria-label="Period after">
          <After />
        </ActionIcon>
      </div>
      <Suspense>{custom && <Days of={custom} onClose={() => setCustom(undefined)} />}</Suspense>
    </div>
  );
}

function Periods({ onCustom }: { onCustom: () => void }) {
  const { view, today, window } = useScope();
  const { button, layer } = useLayer(load, "menu");
  const days = window && !view.date && view.period !== "custom" ? `: ${dayRange(window.from, window.to)}` : "";
  return (
    <>
      <Button {...button} variant="default" rightSection={<Chevron />} aria-label={`Period: ${periodName(view, today)}${days}`}>
        {periodName(view, today)}
      </Button>
      <Suspense>{layer && <PeriodMenu layer={layer} onCustom={onCustom} />}</Suspense>
    </>
  );
}

export const COMPARED: [Comparison, string][] = [
  ["off", "Not compared"],
  ["previous_period", "Period before"],
  ["year_over_year", "Same days last year"],
];

function Comparing({ onCustom }: { onCustom: () => void }) {
  const { view } = useScope();
  const { button, layer } = useLayer(load, "menu");
  const all = view.period === "all";
  const now = all ? "off" : (view.comparison ?? "previous_period");
  const name =
    view.comparison === "custom" && view.compare_from && view.compare_to
      ? dayRange(view.compare_from, view.compare_to)
      : (COMPARED.find(([mode]) => mode === now)?.[1] ?? "");
  const shown = now === "off" ? name : `vs ${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return (
    <>
      <Button {...button} variant="subtle" className="quiet-button" disabled={all} rightSection={<Chevron />}>
        <span className="visually-hidden">Comparison: </span>
        {all ? "All time is not compared" : shown}
      </Button>
      <Suspense>{layer && <ComparingMenu layer={layer} now={now} onCustom={onCustom} />}</Suspense>
    </>
  );
}
