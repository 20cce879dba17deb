/** A site that is not here, or that this account may not see. */

import { Link } from "@tanstack/react-router";

import type { Session } from "../api/types";
import { Bare } from "./bare";

export function UnknownSite({ session }: { session: Session }) {
  return (
    <Bare title="There is no such site here">
      <p>No site of this name is registered, or your account may not see it.</p>
      <ul className="plain">
        {session.sites.map(({ site }) => (
          <li key={site}>
            <Link to="/$site" params={{ site }}>
              {site}
            </Link>
          </li>
        ))}
        <li>
          <Link to="/new">Add a site</Link>
        </li>
      </ul>
    </Bare>
  );
}
