/** The pages of a site, in one row that scrolls where it does not fit. Period and filters go along. */

import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { useScope } from "../overview/scope";
import { shared } from "../view/view";
import { sectionsOf } from "./pages";

export function Sections() {
  const { session, site, view } = useScope();
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const here = row.current?.querySelector<HTMLElement>("[aria-current]");
    if (row.current && here) row.current.scrollLeft = here.offsetLeft - (row.current.clientWidth - here.offsetWidth) / 2;
  }, [pathname]);
  return (
    <nav ref={row} className="sections" aria-label="Pages of the site">
      <ul>
        {sectionsOf(session).map(([to, name]) => (
          <li key={to}>
            <Link to={to} params={{ site: site.site }} search={shared(view)} activeOptions={{ exact: true, includeSearch: false }}>
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
