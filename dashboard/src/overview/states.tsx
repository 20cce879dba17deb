/** What stands where numbers cannot: nothing there, hidden, not collected, or an error. Four different things. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";

import { ApiError } from "../api/client";
import { counted } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "./scope";

const NotKept = lazy(() => import("./not-kept"));

export function State({ title, children, className = "" }: { title: string; children?: ReactNode; className?: string }) {
  return (
    <div className={`state ${className}`}>
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

export function NoData({ what }: { what: string }) {
  const { view, site } = useScope();
  return (
    <State title={`No ${what} in this period`}>
      {view.f ? (
        <p>
          Nothing matches the filters.{" "}
          <Link to="." search={{ ...view, f: undefined }}>
            Remove them
          </Link>
        </p>
      ) : (
        <p>
          They will be listed here as soon as the site sends them.{" "}
          <Link to="/$site/collection" params={{ site: site.site }}>
            See what arrived
          </Link>
        </p>
      )}
    </State>
  );
}

export function AllHidden({ groups, floor, what }: { groups: number; floor: number; what: string }) {
  return (
    <State title={`Hidden: fewer than ${floor} people each`} className="hatched">
      <p>
        {counted(groups, "group", "groups")} of {what} had fewer than {floor} people behind them. They count in the totals
        above, but not singly, so that nobody can be picked out.
      </p>
    </State>
  );
}

export function NotCollected({ what }: { what: string }) {
  const { site } = useScope();
  return (
    <State title="Not collected">
      <p>
        This site’s policy leaves out {what}.{" "}
        <Link to="/$site/collection" params={{ site: site.site }}>
          What is collected
        </Link>
      </p>
    </State>
  );
}

export function Single() {
  const { view } = useScope();
  return (
    <State title="Languages are counted singly">
      <p>
        Together with a filter they could tell one person from the others.{" "}
        <Link to="." search={{ ...view, f: undefined }}>
          Remove filters
        </Link>
      </p>
    </State>
  );
}

export function Failed({ error, retry }: { error: Error; retry: () => void }) {
  const { view, site } = useScope();
  if (error instanceof ApiError && error.isProtected) {
    const many = error.code === "too_many_filters";
    return (
      <State title={many ? "Too many filters" : `Hidden: too few people for these filters`} className="hatched">
        <p>
          {many
            ? "At most three filters are combined on recent data, so that answers cannot be narrowed down to one person."
            : `${sentence(error.message)} With one filter more or less the answers would differ by fewer than ${site.floor} people, which could tell on one of them.`}{" "}
          <Link to="." search={{ ...view, f: view.f?.slice(0, -1) }}>
            Remove the last filter
          </Link>
        </p>
      </State>
    );
  }
  if (error instanceof ApiError && error.code === "not_in_history") {
    return (
      <Suspense fallback={<GhostRows count={3} />}>
        <NotKept error={error} />
      </Suspense>
    );
  }
  const wrong = error instanceof ApiError && error.status === 400;
  const unreachable = error instanceof ApiError && error.status === 0;
  return (
    <State title={unreachable ? "The server did not answer" : "This could not be answered"}>
      <p>
        {unreachable ? "What is on the page was loaded before and still holds." : sentence(error.message)}{" "}
        {unreachable && "Check the connection, then try again."}
        {!unreachable && !wrong && "Events are still taken; only this answer is missing."}
      </p>
      {!wrong && (
        <Button variant="default" size="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </State>
  );
}

/** The shape of a list that is on its way. */
export function GhostRows({ count }: { count: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: count }, (_, at) => (
        <div key={at} className="ghost-row">
          <span className="ghost" style={{ width: `${72 - at * 7}%` }} />
        </div>
      ))}
    </div>
  );
}
