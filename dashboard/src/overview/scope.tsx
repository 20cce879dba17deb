/** What everything on a site's page refers to: the site, the view of the address, and today there. */

import { useRouter } from "@tanstack/react-router";
import { createContext, use, useCallback, useRef } from "react";

import type { Asked, Collection, Interval, Preferences, Session, Site } from "../api/types";
import { asked, comparison, intervalsFor, usualInterval, type Window, windowOf } from "../view/period";
import { parseView, type Preset, PERIODS, type View } from "../view/view";

export interface Scope {
  session: Session;
  site: Site;
  /** The view as it is shown: the one of the address, with a period in any case. */
  view: View;
  today: string;
  collection: Collection | undefined;
  window: Window | undefined;
  /** The period includes this moment. */
  growing: boolean;
  interval: Interval;
  intervals: Interval[];
}

const Context = createContext<Scope | undefined>(undefined);
export const ScopeProvider = Context;

export function useScope(): Scope {
  const scope = use(Context);
  if (!scope) throw new Error("a part of a site's page is outside of it");
  return scope;
}

/**
 * The scope of the address as it is by now. Keys and clicks may come faster than pages are made, so what changes the
 * view starts from here, not from what is on screen.
 */
export function useLatest(): () => Scope {
  const { history } = useRouter();
  const rendered = useRef<Scope>(undefined);
  rendered.current = useScope();
  return useCallback(() => {
    const scope = rendered.current as Scope;
    const { session, site, today, collection } = scope;
    const told = parseView(history.location.search);
    const view = withPeriod(told, site.site, session.preferences, today, collection?.first_day);
    return scopeOf(session, site, view, today, collection);
  }, [history]);
}

/** The period of the address, else the one chosen before, else 28 days; today while there is no day before. */
export function withPeriod(view: View, site: string, preferences: Preferences, today: string, first?: string | null): View {
  if (view.period) return view;
  const before = PERIODS.find((preset) => preset === preferences.periods?.[site]);
  const young = first !== undefined && (first === null || first >= today);
  return { ...view, period: young ? "today" : (before ?? "28d") };
}

export function scopeOf(
  session: Session,
  site: Site,
  view: View,
  today: string,
  collection: Collection | undefined,
): Scope {
  const window = windowOf(view, today, collection?.first_day);
  const intervals = intervalsFor(window, view.period);
  const interval = view.interval && intervals.includes(view.interval) ? view.interval : usualInterval(view, window);
  const growing = view.period === "all" || (window !== undefined && window.to >= today);
  return { session, site, view, today, collection, window, growing, interval, intervals };
}

/** What every question of the page has in common. */
export function question(scope: Scope): Pick<Asked, "site" | "period" | "filters"> {
  const filters = (scope.view.f ?? []).map((f): [string, string, string[]] | [string, string] =>
    f.values.length > 0 ? [f.operator, f.dimension, f.values] : [f.operator, f.dimension],
  );
  const base = { site: scope.site.site, period: asked(scope.view) };
  return filters.length > 0 ? { ...base, filters } : base;
}

/** Marks of members say nothing of what they did, so no filter can be asked of them. */
export function unfiltered(scope: Scope): Pick<Asked, "site" | "period"> {
  return { site: scope.site.site, period: asked(scope.view) };
}

export function compared(scope: Scope): Pick<Asked, "compare"> {
  const compare = comparison(scope.view);
  return compare ? { compare } : {};
}

export function isPreset(word: string): word is Preset {
  return PERIODS.some((preset) => preset === word);
}
