/** `/SITE/content`: what becomes of items and tags. */

import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAnswer } from "../api/queries";
import type { ItemMeasure, ItemsAnswer, ItemsAsked } from "../api/types";
import { say, whole } from "../format/number";
import { may } from "../header/pages";
import { question, useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { Text } from "../parts/fields";
import { Frame } from "../parts/frame";
import { known, useOwn, withOwn } from "../parts/own";
import { Picker } from "../parts/picker";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { Engagement } from "../features/engagement";
import { Composition } from "../features/composition";
import { useItems } from "../recommendations/calls";
import { narrowed } from "../view/filter";
import { valueName } from "../view/words";

export function ContentPage() {
  return (
    <Frame title="Content" about="What becomes of items and tags: seen, taken along, followed, liked, kept.">
      <Items />
      <Engagement />
      <Composition />
    </Frame>
  );
}

const COLUMNS: readonly (readonly [ItemMeasure, string])[] = [
  ["views", "Views"],
  ["visitors", "People"],
  ["downloads", "Downloads"],
  ["clickthroughs", "Clickthroughs"],
  ["likes", "Likes"],
  ["bookmarks", "Bookmarks"],
];
const SORTS = ["key", ...COLUMNS.map(([name]) => name)];
const PAGE = 25;

function Items() {
  const scope = useScope();
  const own = useOwn();
  const by = known(["item", "tag"], own.one("tab"), "item");
  const sort = own.one("sort") ?? "-views";
  const [column, direction] = [known(SORTS, sort.replace(/^-/, ""), "views"), sort.startsWith("-") ? "desc" : "asc"] as const;
  // What is typed stays out of the address: it may be anything.
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 200);
  const [offset, setOffset] = useState(0);
  const asked: ItemsAsked = { ...question(scope), by, limit: PAGE, offset, order: [column, direction], ...(search ? { search } : {}) };
  const answer = useAnswer("items", asked, { growing: scope.growing });
  const order = (name: string) => {
    own.put({ sort: column === name ? `${direction === "desc" ? "" : "-"}${name}` : name === "key" ? name : `-${name}` });
    setOffset(0);
  };
  const what = by === "item" ? "items" : "tags";
  const views = [
    { name: "Items", view: withOwn(scope.view, { tab: undefined }) },
    { name: "Tags", view: withOwn(scope.view, { tab: "tag" }) },
  ];
  return (
    <Sheet title={by === "item" ? "Items" : "Tags"} aside={<Picker label="Items or tags" chosen={by === "item" ? "Items" : "Tags"} items={views} />}>
      <div className="sheet-body">
        <div className="searching">
          <Text label={`Search ${what}`} value={text} onChange={(now) => { setText(now); setOffset(0); }} />
        </div>
      </div>
      <Answered answer={answer} ghosts={8}>
        {(data) => {
          if (data.rows.length === 0 && data.hidden.groups > 0 && !search) return <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what={what} />;
          if (data.rows.length === 0) return search ? <p className="sheet-line quiet">Nothing that may be shown matches.</p> : <NoData what={what} />;
          return <Table data={data} by={by} column={column} direction={direction} onOrder={order} />;
        }}
      </Answered>
      {answer.data && answer.data.total_rows > 0 && (
        <div className="sheet-line paging">
          <span className="quiet small">
            {whole(offset + 1)} to {whole(Math.min(offset + PAGE, answer.data.total_rows))} of {whole(answer.data.total_rows)}
          </span>
          {answer.data.total_rows > PAGE && (
            <>
              <Button variant="default" size="compact-sm" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                Before
              </Button>
              <Button variant="default" size="compact-sm" disabled={offset + PAGE >= answer.data.total_rows} onClick={() => setOffset(offset + PAGE)}>
                Next
              </Button>
            </>
          )}
        </div>
      )}
      {answer.data && (
        <>
          <Hidden data={answer.data} what={what} />
          <Foot name={what} of={what} header={[by, ...COLUMNS.map(([name]) => name)]} rows={answer.data.rows.map((row) => [row.key, ...COLUMNS.map(([name]) => row[name])])} kind="items" asked={asked} data={answer.data} />
        </>
      )}
    </Sheet>
  );
}

interface TableProps {
  data: ItemsAnswer;
  by: "item" | "tag";
  column: string;
  direction: "asc" | "desc";
  onOrder: (column: string) => void;
}

function Table({ data, by, column, direction, onOrder }: TableProps) {
  const { view, site, session } = useScope();
  // A title says more than an id; what the catalogue does not have keeps its id.
  const ids = by === "item" ? data.rows.filter((row) => row.kind === "value").map((row) => row.key) : [];
  const catalogue = useItems(site.site, { ids: ids.join("\n"), limit: PAGE }, ids.length > 0 && may(session, "see_items"));
  const titles = new Map((catalogue.data?.items ?? []).map(({ id, title }) => [id, title]));
  const head = (name: string, label: string, numeric: boolean) => (
    <th key={name} scope="col" className={numeric ? "numeric" : undefined} aria-sort={column === name ? (direction === "asc" ? "ascending" : "descending") : undefined}>
      <button type="button" onClick={() => onOrder(name)}>
        {label} <span aria-hidden="true">{column === name ? (direction === "asc" ? "↑" : "↓") : ""}</span>
      </button>
    </th>
  );
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={`Table of ${by}s`}>
      <table className="table">
        <thead>
          <tr>
            {head("key", by === "item" ? "Item" : "Tag", false)}
            {COLUMNS.map(([name, label]) => head(name, label, true))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr key={`${row.kind}${row.key}`}>
              <th scope="row" title={row.key}>
                {row.kind === "value" ? (
                  <Link to="." search={narrowed(view, by, row.key)}>
                    {titles.get(row.key) ?? row.key}
                  </Link>
                ) : (
                  <span className="quiet">{valueName(by, row.key)}</span>
                )}
              </th>
              {COLUMNS.map(([name]) => (
                <td key={name}>{say("events", row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
