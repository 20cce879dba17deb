/** All rows of a list: searched, sorted and paged by the server. */

import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAnswer } from "../api/queries";
import type { Asked, Metric } from "../api/types";
import { Dialog } from "../app/dialog";
import { metricName, say, whole } from "../format/number";
import { narrowed } from "../view/filter";
import { valueName } from "../view/words";
import { Actions } from "./actions";
import { HowShort } from "./how";
import type { ListTab } from "./panels";
import { HiddenRow } from "./rows";
import { question, useScope } from "./scope";
import { Failed, GhostRows } from "./states";

const PAGE = 50;
type Order = [string, "asc" | "desc"];

/** `by`: the metric that the largest come first of. */
export default function Details({ tab, by = "visitors", onClose }: { tab: ListTab; by?: Metric; onClose: () => void }) {
  const scope = useScope();
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 200);
  const [order, setOrder] = useState<Order>([by, "desc"]);
  const [offset, setOffset] = useState(0);
  const asked: Asked = {
    ...question(scope),
    metrics: tab.metrics,
    dimension: tab.dimension,
    limit: PAGE,
    offset,
    order,
    ...(search ? { search } : {}),
  };
  const answer = useAnswer("breakdown", asked);
  const sort = (by: string) => {
    setOrder(([was, direction]) => [by, was === by && direction === "desc" ? "asc" : was === by ? "desc" : by === "key" ? "asc" : "desc"]);
    setOffset(0);
  };
  const data = answer.data;
  const last = Math.min(offset + PAGE, data?.total_rows ?? 0);
  return (
    <Dialog onClose={onClose} title={tab.label} size={960} className="details">
      <TextInput
        aria-label={`Search ${tab.what}`}
        placeholder={`Search ${tab.what}`}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setOffset(0);
        }}
        data-autofocus
      />
      {answer.isError && !data && <Failed error={answer.error} retry={() => void answer.refetch()} />}
      {!data && !answer.isError && <GhostRows count={PAGE / 5} />}
      {data && (
        <>
          <div className="table-scroll" tabIndex={0} role="region" aria-label={`Table of ${tab.what}`} data-stale={answer.isPlaceholderData || undefined}>
            <table className="table">
              <thead>
                <tr>
                  <Head name={tab.label} by="key" order={order} onSort={sort} />
                  {tab.metrics.map((metric) => (
                    <Head key={metric} name={metricName(metric)} by={metric} order={order} onSort={sort} numeric />
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.rows.map((row) => (
                  <tr key={`${row.kind}${row.keys[0]}`}>
                    <th scope="row">
                      <Name tab={tab} value={row.keys[0] ?? ""} fixed={row.kind === "other"} onClose={onClose} />
                    </th>
                    {tab.metrics.map((metric: Metric, at) => (
                      <td key={metric}>{say(metric, row.values[at])}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
            {data.rows.length === 0 && <p className="quiet">{search ? "Nothing that may be shown matches." : `No ${tab.what} that may be shown.`}</p>}
            {data.hidden.groups > 0 && <HiddenRow groups={data.hidden.groups} floor={data.hidden.floor} what={tab.what} />}
          </div>
          <div className="foot">
            <HowShort how={data.how} />
            <div className="paging">
              <span className="quiet small">
                {data.total_rows === 0 ? "0" : `${whole(offset + 1)} to ${whole(last)}`} of {whole(data.total_rows)}
              </span>
              <Button variant="default" size="compact-sm" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                Before
              </Button>
              <Button variant="default" size="compact-sm" disabled={last >= data.total_rows} onClick={() => setOffset(offset + PAGE)}>
                Next
              </Button>
              <Actions
                name={`${tab.dimension}-details`}
                of={`all ${tab.what}`}
                header={[tab.dimension, ...tab.metrics]}
                rows={data.rows.map((row) => [row.keys[0] ?? "", ...row.values])}
                form="breakdown"
                asked={asked}
              />
            </div>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Name({ tab, value, fixed, onClose }: { tab: ListTab; value: string; fixed: boolean; onClose: () => void }) {
  const { view } = useScope();
  const name = valueName(tab.dimension, value);
  if (fixed || tab.links === false) return <span className="quiet">{name}</span>;
  return (
    <Link to="." search={narrowed(view, tab.dimension, value)} onClick={onClose}>
      {name}
    </Link>
  );
}

interface HeadProps {
  name: string;
  by: string;
  order: Order;
  onSort: (by: string) => void;
  numeric?: boolean;
}

function Head({ name, by, order, onSort, numeric }: HeadProps) {
  const sorted = order[0] === by ? (order[1] === "asc" ? "ascending" : "descending") : undefined;
  return (
    <th scope="col" aria-sort={sorted} className={numeric ? "numeric" : undefined}>
      <button type="button" onClick={() => onSort(by)}>
        {name} <span aria-hidden="true">{sorted === "ascending" ? "↑" : sorted === "descending" ? "↓" : ""}</span>
      </button>
    </th>
  );
}
