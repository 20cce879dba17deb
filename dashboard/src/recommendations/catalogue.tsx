/** What may be recommended: search, hide, delete, and upload. */

import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ChangeEvent, useId, useState } from "react";

import { ApiError } from "../api/client";
import { useAnnounce } from "../app/announce";
import { Dialog } from "../app/dialog";
import { counted, whole } from "../format/number";
import { sentence } from "../format/text";
import { may } from "../header/pages";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Text } from "../parts/fields";
import { Answered, Sheet } from "../parts/sheet";
import { Suggest } from "../parts/suggest";
import { useDeleteItem, useHide, useItems, useTags, useUpload } from "./calls";
import type { Item, Report } from "./shapes";

const PAGE = 20;
const LINE = '{"id": "a-1", "title": "Principles of optics", "tags": ["physics/optics"]}';

export function Catalogue() {
  const { site, session } = useScope();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 200);
  const [tag, setTag] = useState("");
  const [pages, setPages] = useState<string[]>([]);
  const answer = useItems(site.site, { q, tag, cursor: pages.at(-1), limit: PAGE });
  const tags = useTags(site.site);
  const edits = may(session, "edit_items");
  const narrow = (change: () => void) => {
    change();
    setPages([]);
  };
  return (
    <Sheet title="Catalogue" aside={answer.data && <span className="quiet small">{counted(answer.data.computed.items, "item", "items")}</span>}>
      <div className="sheet-body">
        <div className="choices">
          <Text label="Search items" value={text} onChange={(now) => narrow(() => setText(now))} />
          <div className="choice">
            <span className="choice-label" aria-hidden="true">
              Of a tag
            </span>
            <Suggest label="Of a tag" value={tag} placeholder="Any" options={(tags.data?.tags ?? []).map((one) => ({ value: one.tag, label: one.tag, hint: whole(one.items) }))} onChoose={(now) => narrow(() => setTag(now))} />
          </div>
          {tag && (
            <div className="choice">
              <Button variant="default" size="xs" onClick={() => narrow(() => setTag(""))}>
                Any tag
              </Button>
            </div>
          )}
        </div>
      </div>
      <Answered answer={answer} ghosts={8}>
        {(page) =>
          page.items.length > 0 ? (
            <Table items={page.items} edits={edits} />
          ) : (
            <State title={page.computed.items === 0 ? "The catalogue is empty" : "Nothing matches"}>
              <p>{page.computed.items === 0 ? "Upload a file with an item a line below, or let the application put items with a token of the scope items." : "Words are found by their beginning and with a letter wrong, in titles, tags, kinds and ids."}</p>
            </State>
          )
        }
      </Answered>
      {answer.data && answer.data.total > PAGE && (
        <div className="sheet-line paging">
          <span className="quiet small">
            {whole(pages.length * PAGE + 1)} to {whole(Math.min((pages.length + 1) * PAGE, answer.data.total))} of {whole(answer.data.total)}
          </span>
          <Button variant="default" size="compact-sm" disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
            Before
          </Button>
          <Button variant="default" size="compact-sm" disabled={!answer.data.cursor} onClick={() => answer.data.cursor && setPages([...pages, answer.data.cursor])}>
            Next
          </Button>
        </div>
      )}
      {edits && <Upload />}
    </Sheet>
  );
}

function Table({ items, edits }: { items: Item[]; edits: boolean }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of items">
      <table className="table catalogue">
        <thead>
          <tr>
            {["Title", "Tags", "Kind", "Language", "Shown"].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {edits && (
              <th scope="col">
                <span className="visually-hidden">Changes</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <th scope="row" title={item.id}>
                {item.title}
              </th>
              <td className="left">{(item.tags ?? []).join(", ")}</td>
              <td className="left">{item.kind ?? "–"}</td>
              <td className="left">{item.language ?? "–"}</td>
              <td className="left">{shownText(item)}</td>
              {edits && (
                <td>
                  <Change item={item} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shownText({ hidden, published, expires }: Item): string {
  if (hidden) return "hidden";
  if (published && Date.parse(published) > Date.now()) return `from ${published.slice(0, 10)}`;
  if (expires && Date.parse(expires) <= Date.now()) return "expired";
  return expires ? `until ${expires.slice(0, 10)}` : "yes";
}

function Change({ item }: { item: Item }) {
  const { site } = useScope();
  const announce = useAnnounce();
  const hide = useHide(site.site);
  const remove = useDeleteItem(site.site);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className="text-button"
        disabled={hide.isPending}
        aria-label={`${item.hidden ? "Show" : "Hide"} ${item.title}`}
        onClick={() => hide.mutate({ id: item.id, hidden: !item.hidden }, { onSuccess: () => announce(item.hidden ? "Shown" : "Hidden") })}
      >
        {item.hidden ? "Show" : "Hide"}
      </button>{" "}
      <button type="button" className="text-button" aria-label={`Delete ${item.title}`} onClick={() => setAsking(true)}>
        Delete
      </button>
      {asking && (
        <Dialog title="Delete this item?" onClose={() => setAsking(false)}>
          <p>{item.title} is in no list any more. Who likes it keeps that, and it may come again under the same id.</p>
          <Wrong error={remove.error} />
          <div className="saving">
            <Button
              loading={remove.isPending}
              onClick={() =>
                remove.mutate(item.id, {
                  onSuccess: () => {
                    setAsking(false);
                    announce("Deleted");
                  },
                })
              }
            >
              Delete
            </Button>
            <Button variant="subtle" className="quiet-button" onClick={() => setAsking(false)}>
              Keep it
            </Button>
          </div>
        </Dialog>
      )}
      <Wrong error={hide.error} />
    </>
  );
}

function Wrong({ error }: { error: Error | null }) {
  return <div role="alert">{error && <p className="problem">{sentence(error instanceof ApiError ? error.message : "the server did not answer")}</p>}</div>;
}

function Upload() {
  const { site } = useScope();
  const id = useId();
  const upload = useUpload(site.site);
  function chosen({ currentTarget }: ChangeEvent<HTMLInputElement>) {
    const file = currentTarget.files?.[0];
    if (file) upload.mutate(file);
    // The same file may be chosen again after it was mended.
    currentTarget.value = "";
  }
  return (
    <div className="sheet-body upload">
      <label htmlFor={id} className="choice-label">
        Upload items
      </label>
      <input id={id} type="file" accept=".ndjson,.jsonl,.json" disabled={upload.isPending} aria-describedby={`${id}-about`} onChange={chosen} />
      <p id={`${id}-about`} className="quiet small measured">
        A JSON object a line, such as <code>{LINE}</code>. An item with an id that is there takes its place. Good lines are taken, whatever the others are.
      </p>
      <div role="status">
        {upload.isPending && <p>Uploading…</p>}
        {upload.data && <Taken report={upload.data} />}
      </div>
      <Wrong error={upload.error} />
    </div>
  );
}

function Taken({ report: { taken, refused, reasons } }: { report: Report }) {
  return (
    <>
      <p>
        {counted(taken, "item was taken", "items were taken")}
        {refused > 0 ? `, ${counted(refused, "line was not", "lines were not")}:` : "."}
      </p>
      {reasons.length > 0 && (
        <ul className="plain small">
          {reasons.map((reason) => (
            <li key={reason.line}>
              Line {whole(reason.line)}: {reason.message}.
            </li>
          ))}
          {refused > reasons.length && <li className="quiet">and {whole(refused - reasons.length)} more</li>}
        </ul>
      )}
    </>
  );
}
