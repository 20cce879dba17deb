/** What surrounds each page of a site but the overview: who is there, which site, header, filters and period. */

import { useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";

import "../styles/product.css";
import { useCollection, useSavePreferences } from "../api/queries";
import type { Session, Site } from "../api/types";
import { SignedIn } from "../entry/signed-in";
import { UnknownSite } from "../entry/unknown-site";
import { FilterBar } from "../header/filters";
import { Header } from "../header/header";
import { Notices } from "../header/notices";
import { may } from "../header/pages";
import { PeriodBar } from "../header/period";
import { useShortcuts } from "../header/shortcuts";
import { ScopeProvider, scopeOf, withPeriod } from "../overview/scope";
import { today } from "../view/day";

interface Props {
  title: string;
  /** One sentence on what the page answers. */
  about: ReactNode;
  /** Filters and period are no matter of the page. */
  plain?: boolean;
  /** Filters are no matter of the page, the period is. */
  unfiltered?: boolean;
  /** Answers are compared with other days. */
  compares?: boolean;
  children: ReactNode;
}

export function Frame(props: Props) {
  const { site } = useParams({ strict: false });
  return (
    <SignedIn>
      {(session) => {
        const known = session.sites.find((s) => s.site === site);
        return known ? <Framed key={site} session={session} site={known} {...props} /> : <UnknownSite session={session} />;
      }}
    </SignedIn>
  );
}

function Framed({ session, site, title, about, plain, unfiltered, compares = false, children }: Props & { session: Session; site: Site }) {
  const search = useSearch({ from: "__root__" });
  const collection = useCollection(site.site, false, may(session, "ask_questions"));
  const save = useSavePreferences();
  const day = today(site.time_zone);
  const first = collection.data?.first_day;
  const view = withPeriod(search, site.site, session.preferences, day, first);
  const ready = search.period !== undefined || !collection.isLoading;
  useEffect(() => {
    document.title = `${title} · ${site.site} · Outis`;
  }, [title, site.site]);
  useEffect(() => {
    const periods = search.period && search.period !== "custom" && !search.date ? { [site.site]: search.period } : {};
    save({ last_site: site.site, periods: { ...session.preferences.periods, ...periods } });
  }, [site.site, search.period, search.date]);
  return (
    <ScopeProvider value={scopeOf(session, site, view, day, collection.data)}>
      <Keys />
      <Header />
      <main id="main" className="page" tabIndex={-1}>
        <Notices />
        <div className="page-title">
          <h1>{title}</h1>
          <p className="quiet">{about}</p>
        </div>
        {!plain && (
          <div className="bar">
            {unfiltered ? <p className="quiet small">{view.f ? "Filters do not apply here: members are told by marks, not by what they did." : ""}</p> : <FilterBar />}
            <PeriodBar compares={compares} />
          </div>
        )}
        {ready && children}
      </main>
    </ScopeProvider>
  );
}

function Keys() {
  useShortcuts();
  return null;
}
