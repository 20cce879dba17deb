/** `/`: leads to the site that was looked at last, or to the first one to be added. */

import { Navigate } from "@tanstack/react-router";

import { SignedIn } from "./signed-in";

export function Home() {
  return (
    <SignedIn>
      {({ sites, preferences }) => {
        const site = sites.find((s) => s.site === preferences.last_site) ?? sites[0];
        return site ? <Navigate to="/$site" params={{ site: site.site }} replace /> : <Navigate to="/new" replace />;
      }}
    </SignedIn>
  );
}
