/** What was saved under a name, as a row of links, and the way to a new one. */

import { Link } from "@tanstack/react-router";

import { Plus } from "../header/icons";
import type { View } from "../view/view";

interface Item {
  name: string;
  view: View;
}

interface Props {
  label: string;
  chosen: string | undefined;
  items: Item[];
  fresh?: Item | undefined;
}

export function Picker({ label, chosen, items, fresh }: Props) {
  if (items.length === 0 && !fresh) return null;
  return (
    <nav className="picker" aria-label={label}>
      {items.map(({ name, view }) => (
        <Link key={name} to="." search={view} aria-current={name === chosen ? "true" : undefined} className="picked" activeProps={{}} activeOptions={{ exact: true }}>
          {name}
        </Link>
      ))}
      {fresh && (
        <Link to="." search={fresh.view} className="picked fresh" activeProps={{}} activeOptions={{ exact: true }}>
          <Plus /> {fresh.name}
        </Link>
      )}
    </nav>
  );
}
