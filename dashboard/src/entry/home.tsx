/** `/`: leads to the site that was looked at last, or to the first one to be added. */

import { Navigate } from "@tanstack/react-router";

import type { Session } from "../api/types";
import { may, sectionsOf } from "../header/pages";
import { Bare } from "./bare";
import { SignedIn } from "./signed-in";

export function Home() {
  return (
    <SignedIn>
      {(session) => {
        const { sites, preferences } = session;
        const site = sites.find((s) => s.site === preferences.last_site) ?? sites[0];
        if (!site) return <NoSite session={session} />;
        return <Navigate to={sectionsOf(session)[0]?.[0] ?? "/$site"} params={{ site: site.site }} replace />;
      }}
    </SignedIn>
  );
}

/** Whoever may add the first site is led there. */
function NoSite({ session }: { session: Session }) {
  if (may(session, "add_sites")) return <Navigate to="/new" replace />;
  return (
    <Bare title="There is no site yet">
      <p>An owner of this server has to add one first.</p>
    </Bare>
  );
}
