/** Rows with bars behind them. */

import type { ReactNode } from "react";

import type { Value } from "../api/types";

export interface BarRow {
  key: string;
  name: ReactNode;
  /** Not a word of its own: folded together, rare, or nothing. */
  odd?: boolean;
  size: Value;
  cells: string[];
}

export function Bars({ label, columns, rows }: { label: string; columns: [string, string]; rows: BarRow[] }) {
  const most = Math.max(1, ...rows.map((row) => row.size ?? 0));
  return (
    <div className="bars">
      <div className="rows-head" aria-hidden="true">
        <span>{label}</span>
        {columns.map((column) => (
          <span key={column}>{column}</span>
        ))}
      </div>
      <ul className="rows">
        {rows.map((row) => (
          <li key={row.key} className="row">
            <span className="row-bar" style={{ width: `${Math.round((1000 * (row.size ?? 0)) / most) / 10}%` }} aria-hidden="true" />
            <span className={row.odd ? "row-name row-odd" : "row-name"}>{row.name} </span>
            <span className="row-value">
              {row.cells[0]}
              <span className="visually-hidden"> {columns[0].toLowerCase()} </span>
            </span>
            <span className="row-share">{row.cells[1]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
