/** The filters as pills that can be opened and changed, and the button that adds one. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { useScope } from "../overview/scope";
import { useLayer } from "../parts/layer";
import { replaced } from "../view/filter";
import type { Filter } from "../view/view";
import { dimensionName, operatorName, valueName } from "../view/words";
import { Cross, Plus } from "./icons";
import { useGo } from "./period";

/** Sent by the keyboard: add a filter. */
export const ADD_FILTER = "outis:filter";

const load = () => import("./filter-box");
const FilterBox = lazy(load);

export function FilterBar() {
  const { view } = useScope();
  const go = useGo();
  // Which filter is being edited: its place, or the place after the last for a new one.
  const [open, setOpen] = useState<number>();
  const filters = view.f ?? [];
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const add = () => {
      // A form whose button is out of sight is not shown, and cannot take the focus.
      bar.current?.scrollIntoView({ block: "nearest" });
      setOpen((was) => (was === filters.length ? undefined : filters.length));
    };
    window.addEventListener(ADD_FILTER, add);
    return () => window.removeEventListener(ADD_FILTER, add);
  }, [filters.length]);
  const of = (nth: number) => ({
    nth,
    opened: open === nth,
    onOpened: (opened: boolean) => setOpen(opened ? nth : undefined),
    onDone: (filter: Filter | undefined) => {
      setOpen(undefined);
      go(replaced(view, nth, filter));
    },
  });
  return (
    <div ref={bar} className="filters" role="group" aria-label="Filters">
      {filters.map((filter, at) => (
        <span className="pill" key={`${at}-${filter.operator}-${filter.dimension}-${filter.values.join()}`}>
          <Pill filter={filter} {...of(at)} />
          <Link
            to="."
            search={replaced(view, at, undefined)}
            className="pill-cross"
            aria-label={`Remove filter: ${dimensionName(filter.dimension)} ${operatorName(filter.operator)} ${valuesName(filter)}`}
          >
            <Cross />
          </Link>
        </span>
      ))}
      <Add {...of(filters.length)} />
    </div>
  );
}

interface Edited {
  nth: number;
  opened: boolean;
  onOpened: (opened: boolean) => void;
  onDone: (filter: Filter | undefined) => void;
}

function Pill({ filter, nth, opened, onOpened, onDone }: Edited & { filter: Filter }) {
  const { button, layer } = useLayer(load, "dialog", [opened, onOpened]);
  return (
    <>
      <button {...button} type="button" className="pill-text">
        {dimensionName(filter.dimension)} <span className="quiet">{operatorName(filter.operator)}</span> <strong>{valuesName(filter)}</strong>
      </button>
      <Suspense>{layer && <FilterBox layer={layer} label="Change filter" filter={filter} nth={nth} onDone={onDone} />}</Suspense>
    </>
  );
}

const FRESH: Filter = { operator: "is", dimension: "page", values: [] };

function Add({ nth, opened, onOpened, onDone }: Edited) {
  const { button, layer } = useLayer(load, "dialog", [opened, onOpened]);
  return (
    <>
      <Button {...button} variant="subtle" className="quiet-button add-filter" leftSection={<Plus />}>
        Filter
      </Button>
      <Suspense>{layer && <FilterBox layer={layer} label="Add filter" filter={FRESH} nth={nth} onDone={onDone} />}</Suspense>
    </>
  );
}

function valuesName(filter: Filter): string {
  const said = filter.values.map((value) => valueName(filter.dimension, value));
  return said.length > 3 ? `${said.slice(0, 2).join(", ")} or ${said.length - 2} more` : said.join(", ").replace(/, ([^,]*)$/, " or $1");
}
