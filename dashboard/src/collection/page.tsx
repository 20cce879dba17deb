/** `/SITE/collection`: what is collected, what is not, for how long, and what became of what was sent. */

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";

import { api } from "../api/client";
import { again, useCollection } from "../api/queries";
import type { Collection, Reason, Session, Site } from "../api/types";
import { SignedIn } from "../entry/signed-in";
import { Snippet } from "../entry/snippet";
import { UnknownSite } from "../entry/unknown-site";
import { longDay } from "../format/date";
import { counted, whole } from "../format/number";
import { Header } from "../header/header";
import { Notices } from "../header/notices";
import { ScopeProvider, scopeOf } from "../overview/scope";
import { Failed, GhostRows } from "../overview/states";
import { today } from "../view/day";
import { dimensionName } from "../view/words";

export function CollectionPage() {
  const { site } = useParams({ from: "/$site/collection" });
  return (
    <SignedIn>
      {(session) => {
        const known = session.sites.find((s) => s.site === site);
        return known ? <Page session={session} site={known} /> : <UnknownSite session={session} />;
      }}
    </SignedIn>
  );
}

function Page({ session, site }: { session: Session; site: Site }) {
  const collection = useCollection(site.site);
  useEffect(() => {
    document.title = `What is collected · ${site.site} · Outis`;
  }, [site.site]);
  return (
    <ScopeProvider value={scopeOf(session, site, {}, today(site.time_zone), collection.data)}>
      <Header />
      <main id="main" className="page narrow" tabIndex={-1}>
        <h1>What is collected on {site.site}</h1>
        <Notices />
        {collection.isError && !collection.data && (
          <section className="sheet">
            <Failed error={collection.error} retry={() => void collection.refetch()} />
          </section>
        )}
        {collection.isPending && (
          <section className="sheet">
            <GhostRows count={6} />
          </section>
        )}
        {collection.data && <All collection={collection.data} />}
      </main>
    </ScopeProvider>
  );
}

function All({ collection }: { collection: Collection }) {
  return (
    <>
      <InShort collection={collection} />
      <Events collection={collection} />
      <Counters collection={collection} />
      <InTime site={collection.site} />
      <Part title="Snippet">
        <p>This line in the head of a page makes it count.</p>
        <Snippet text={collection.snippet} />
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="sheet part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

const GPC: Record<Collection["policy"]["gpc"], string> = {
  "count-only": "is counted, but belongs to no visitor",
  drop: "is not stored at all",
  ignore: "is treated like any other",
};

function InShort({ collection }: { collection: Collection }) {
  const { policy, not_collected, first_day } = collection;
  const left = not_collected.map(dimensionName);
  return (
    <Part title="In short">
      <dl className="facts">
        <Fact name="Kept as rows">
          {counted(policy.recent_days, "day", "days")}, encrypted and without any identifier; the key of a day’s visitor
          numbers is destroyed {counted(policy.grace_hours, "hour", "hours")} after the day ends. Afterwards the rows
          are destroyed.
        </Fact>
        <Fact name="Shown">
          {policy.floor > 1
            ? `only groups of at least ${policy.floor} people`
            : "groups of any size: this is a development setting"}
        </Fact>
        <Fact name="New words">
          {policy.admission > 1
            ? `kept once at least ${policy.admission} people were seen with them; until then an event is stored without`
            : "kept at once: this is a development setting"}
        </Fact>
        <Fact name="Global Privacy Control">A visit of a browser that objects {GPC[policy.gpc]}.</Fact>
        {policy.public_lists !== undefined && (
          <Fact name="Lists of items">
            {policy.public_lists
              ? "Similar, trending and latest items are told to everybody who asks: nobody’s own list is among them."
              : "Told to members who are signed in, staff and programs only."}
          </Fact>
        )}
        <Fact name="Never stored">
          Addresses, user agents, cookies or other identifiers, exact times, full addresses of pages, texts that people
          type.
        </Fact>
        <Fact name="Not collected here">{left.length > 0 ? left.join(", ") : "Nothing is left out beyond that."}</Fact>
        <Fact name="First day">{first_day ? longDay(first_day) : "No event has been stored yet."}</Fact>
        <Fact name="Days are those of">{collection.time_zone}</Fact>
      </dl>
    </Part>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const KINDS = {
  flag: "yes or no",
  count: "whole number",
  money: "amount of money",
  choice: "one of the listed values",
  term: "word, once enough people share it",
  item: "item of the catalogue",
};

function Events({ collection }: { collection: Collection }) {
  const events = Object.entries(collection.plan.events);
  return (
    <Part title="Plan">
      <p>
        {collection.mode === "learn"
          ? "The plan is learning: events and words that it does not name are let in once enough people share them."
          : "The plan is strict: what it does not name is dropped and counted below."}{" "}
        Page views, how far and how long a page was looked at, and which list of suggestions was shown or clicked on at
        which place are always part of it.
      </p>
      {events.length === 0 && <p className="quiet">No events of the site’s own are planned.</p>}
      {events.length > 0 && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Planned events">
          <table className="table words">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">What for</th>
                <th scope="col">Properties</th>
              </tr>
            </thead>
            <tbody>
              {events.map(([name, event]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{event.purpose || <span className="quiet">not stated</span>}</td>
                  <td>
                    <ul className="plain">
                      {Object.entries(event.properties).map(([key, property]) => (
                        <li key={key}>
                          {key} <span className="quiet">{KINDS[property.kind]}</span>
                          {property.sensitive && <span className="tag">sensitive</span>}
                        </li>
                      ))}
                    </ul>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Part>
  );
}

function Counters({ collection }: { collection: Collection }) {
  const { stored, dropped, rewritten } = collection.counters;
  return (
    <Part title="What became of what was sent">
      <p>
        <strong className="figure">{whole(stored)}</strong> {stored === 1 ? "event was" : "events were"} stored since the
        site was registered.
      </p>
      <Reasons title="Not stored" none="Nothing was turned away." list={dropped} />
      <Reasons title="Stored with something left out" none="Nothing was left out." list={rewritten} />
    </Part>
  );
}

/** The oldest thing in each store, and how old it may be. */
function InTime({ site }: { site: string }) {
  const retention = useQuery({ queryKey: ["retention", site], queryFn: ({ signal }) => api.retention(site, signal), retry: again });
  const stores = retention.data?.stores ?? [];
  const late = stores.filter((one) => one.overdue).length;
  return (
    <Part title="Gone in time">
      {retention.isPending && <GhostRows count={3} />}
      {retention.isError && <Failed error={retention.error} retry={() => void retention.refetch()} />}
      {retention.data && (
        <>
          <p>
            {late === 0 ? "Nothing is older than it may be." : `${counted(late, "store has", "stores have")} something that should be gone: tell whoever runs the server.`} Members who are not there any more are forgotten after{" "}
            {counted(retention.data.idle_months, "month", "months")}.
          </p>
          <div className="table-scroll" tabIndex={0} role="region" aria-label="The oldest in each store">
            <table className="table words">
              <thead>
                <tr>
                  <th scope="col">Store</th>
                  <th scope="col">Oldest</th>
                  <th scope="col">At most</th>
                </tr>
              </thead>
              <tbody>
                {stores.map((one) => (
                  <tr key={one.store}>
                    <th scope="row">
                      {one.store}
                      {one.overdue && <span className="tag">overdue</span>}
                    </th>
                    <td>{one.oldest_days === null ? <span className="quiet">nothing</span> : counted(one.oldest_days, "day", "days")}</td>
                    <td>{counted(one.limit_days, "day", "days")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Part>
  );
}

function Reasons({ title, none, list }: { title: string; none: string; list: Reason[] }) {
  const sorted = [...list].sort((a, b) => b.count - a.count);
  return (
    <>
      <h3>{title}</h3>
      {sorted.length === 0 && <p className="quiet">{none}</p>}
      {sorted.length > 0 && (
        <table className="table words reasons">
          <thead className="visually-hidden">
            <tr>
              <th scope="col">Reason</th>
              <th scope="col">Events</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((reason) => (
              <tr key={reason.reason}>
                <th scope="row">
                  {reason.means} <code>{reason.reason}</code>
                </th>
                <td className="numeric">{whole(reason.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
