/** The filters as pills that can be opened and changed, and the button that adds one. */

import { Button, Popover } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ComponentProps, type ComponentType, useCallback, useEffect, useRef, useState } from "react";

import { useScope } from "../overview/scope";
import { replaced } from "../view/filter";
import type { Filter } from "../view/view";
import { dimensionName, operatorName, valueName } from "../view/words";
import { Cross, Plus } from "./icons";
import { useGo } from "./period";


/** Sent by the keyboard: add a filter. */
export const ADD_FILTER = "outis:filter";

type EditorProps = ComponentProps<typeof import("./editor").default>;

export function FilterBar() {
  const { view } = useScope();
  const go = useGo();
  // Which filter is being edited: its place, or the place after the last for a new one.
  const [open, setOpen] = useState<number>();
  const [Editor, setEditor] = useState<ComponentType<EditorProps>>();
  const filters = view.f ?? [];
  const bar = useRef<HTMLDivElement>(null);
  // The form is loaded before it is opened, so that the focus has somewhere to go.
  const edit = useCallback(async (nth: number) => {
    const { default: loaded } = await import("./editor");
    setEditor(() => loaded);
    setOpen((was) => (was === nth ? undefined : nth));
  }, []);
  useEffect(() => {
    const add = () => {
      // A form whose button is out of sight is not shown, and cannot take the focus.
      bar.current?.scrollIntoView({ block: "nearest" });
      void edit(filters.length);
    };
    window.addEventListener(ADD_FILTER, add);
    return () => window.removeEventListener(ADD_FILTER, add);
  }, [edit, filters.length]);
  const put = (nth: number, filter: Filter | undefined) => {
    setOpen(undefined);
    go(replaced(view, nth, filter));
  };
  return (
    <div ref={bar} className="filters" role="group" aria-label="Filters">
      {filters.map((filter, at) => (
        <span className="pill" key={`${at}-${filter.operator}-${filter.dimension}-${filter.values.join()}`}>
          <Popover opened={open === at} onChange={(now) => !now && setOpen(undefined)} position="bottom-start" width={296} trapFocus returnFocus withRoles={false}>
            <Popover.Target>
              <button type="button" className="pill-text" aria-haspopup="dialog" aria-expanded={open === at} onClick={() => void edit(at)}>
                {dimensionName(filter.dimension)} <span className="quiet">{operatorName(filter.operator)}</span>{" "}
                <strong>{valuesName(filter)}</strong>
              </button>
            </Popover.Target>
            <Popover.Dropdown role="dialog" aria-label="Change filter">
              {Editor && <Editor filter={filter} nth={at} onDone={(changed) => put(at, changed)} />}
            </Popover.Dropdown>
          </Popover>
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
      <Popover opened={open === filters.length} onChange={(now) => !now && setOpen(undefined)} position="bottom-start" width={296} trapFocus returnFocus withRoles={false}>
        <Popover.Target>
          <Button
            variant="subtle"
            className="quiet-button add-filter"
            leftSection={<Plus />}
            aria-haspopup="dialog"
            aria-expanded={open === filters.length}
            onClick={() => void edit(filters.length)}
          >
            Filter
          </Button>
        </Popover.Target>
        <Popover.Dropdown role="dialog" aria-label="Add filter">
          {Editor && (
            <Editor
              filter={{ operator: "is", dimension: "page", values: [] }}
              nth={filters.length}
              onDone={(made) => put(filters.length, made)}
            />
          )}
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function valuesName(filter: Filter): string {
  const said = filter.values.map((value) => valueName(filter.dimension, value));
  return said.length > 3 ? `${said.slice(0, 2).join(", ")} or ${said.length - 2} more` : said.join(", ").replace(/, ([^,]*)$/, " or $1");
}
