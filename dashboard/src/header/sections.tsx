/** The pages of a site, in one row that scrolls where it does not fit. Period and filters go along. */

import { Link } from "@tanstack/react-router";

import { useScope } from "../overview/scope";
import { shared } from "../view/view";

const SECTIONS = [
  ["/$site", "Overview"],
  ["/$site/funnels", "Funnels"],
  ["/$site/goals", "Goals"],
] as const;

export function Sections() {
  const { site, view } = useScope();
  return (
    <nav className="sections" aria-label="Pages of the site">
      <ul>
        {SECTIONS.map(([to, name]) => (
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
