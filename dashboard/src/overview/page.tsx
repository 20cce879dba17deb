/** `/SITE`: the overview. */

import { Navigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";

import { ApiError } from "../api/client";
import { useCollection, useSavePreferences } from "../api/queries";
import type { Session, Site } from "../api/types";
import { SignedIn } from "../entry/signed-in";
import { UnknownSite } from "../entry/unknown-site";
import { Waiting } from "../entry/waiting";
import { FilterBar } from "../header/filters";
import { Header } from "../header/header";
import { Notices } from "../header/notices";
import { sectionsOf } from "../header/pages";
import { PeriodBar } from "../header/period";
import { useShortcuts } from "../header/shortcuts";
import { useOwn } from "../parts/own";
import { today } from "../view/day";
import { Headline, useTotals } from "./headline";
import { Near } from "./near";
import { Panel } from "./panel";
import { PANELS } from "./panels";
import { ScopeProvider, scopeOf, withPeriod } from "./scope";

const WorldMap = lazy(() => import("./map"));
const Named = lazy(() => import("./named"));
const GoalPanel = lazy(() => import("../goals/panel"));

export function OverviewPage() {
  const { site } = useParams({ from: "/$site" });
  return (
    <SignedIn>
      {(session) => {
        const known = session.sites.find((s) => s.site === site);
        if (!known) return <UnknownSite session={session} />;
        const first = sectionsOf(session)[0]?.[0];
        // Whoever may ask nothing has other pages.
        if (first && first !== "/$site") return <Navigate to={first} params={{ site }} replace />;
        return <Overview key={site} session={session} site={known} />;
      }}
    </SignedIn>
  );
}

function Overview({ session, site }: { session: Session; site: Site }) {
  const search = useSearch({ from: "__root__" });
  const [skipped, setSkipped] = useState(false);
  const collection = useCollection(site.site, !skipped);
  const save = useSavePreferences();
  const day = today(site.time_zone);
  const known = collection.data ?? undefined;
  const ready = search.period !== undefined || collection.isSuccess || collection.isError;
  const view = withPeriod(search, site.site, session.preferences, day, known?.first_day);
  const scope = scopeOf(session, site, view, day, known);

  useEffect(() => {
    document.title = `${site.site} · Outis`;
    const periods = search.period && search.period !== "custom" && !search.date ? { [site.site]: search.period } : {};
    save({ last_site: site.site, periods: { ...session.preferences.periods, ...periods } });
  }, [site.site, search.period, search.date]);

  const waiting = known?.first_day === null && !skipped;
  return (
    <ScopeProvider value={scope}>
      <Keys />
      <Header />
      <main id="main" className="page" tabIndex={-1}>
        <h1 className="visually-hidden">Overview of {site.site}</h1>
        <Notices />
        {waiting && <Waiting collection={known} onSkip={() => setSkipped(true)} />}
        {!waiting && (
          <>
            <div className="bar">
              <FilterBar />
              <PeriodBar />
            </div>
            {ready && <Content />}
          </>
        )}
      </main>
    </ScopeProvider>
  );
}

function Keys() {
  useShortcuts();
  return null;
}

function Content() {
  // What may not be said of all people together may not be said of any part of them: once is enough.
  const { data, error } = useTotals();
  const own = useOwn();
  if (!data && error instanceof ApiError && error.isProtected) return <Headline />;
  return (
    <>
      <Headline />
      <div className="columns">
        {PANELS.map((panel) => (
          <Panel key={panel.id} panel={panel} />
        ))}
        <Near placeholder="sheet map-sheet">
          <Suspense fallback={<div className="sheet map-sheet" aria-busy="true" />}>
            <WorldMap />
          </Suspense>
        </Near>
      </div>
      <Suspense>{own.one("details") !== undefined && <Named />}</Suspense>
      <Near placeholder="below">
        <Suspense>
          <GoalPanel />
        </Suspense>
      </Near>
    </>
  );
}

