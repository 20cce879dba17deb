/** Columns of members by state: those who are there above the line, those who stay away below it. */

import { useEffect, useRef, useState } from "react";

import type { LifecycleAnswer } from "../api/types";
import { shortDay } from "../format/date";
import { say } from "../format/number";
import { ticks } from "../parts/scale";

export const PARTS = [
  ["new", "New"],
  ["returning", "Returning"],
  ["resurrected", "Back again"],
  ["dormant", "Away"],
] as const;

const HEIGHT = 300;
const PAD = { top: 12, right: 12, bottom: 28, left: 52 };

export function Stacked({ data }: { data: LifecycleAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const { series, labels } = data;
  const above = labels.map((_, n) => PARTS.slice(0, 3).reduce((sum, [name]) => sum + (series[name][n] ?? 0), 0));
  const [up, down] = [ticks(Math.max(...above, 1)), Math.max(0, ...series.dormant.map((value) => value ?? 0))];
  const top = up.at(-1) ?? 1;
  const scale = (HEIGHT - PAD.top - PAD.bottom) / (top + down);
  const zero = PAD.top + top * scale;
  const slot = (width - PAD.left - PAD.right) / Math.max(1, labels.length);
  const bar = Math.min(56, slot * 0.64);
  const name = (label: string) => (/^\d{4}-\d{2}-\d{2}$/.test(label) ? shortDay(label) : label);
  const step = Math.max(1, Math.ceil(56 / Math.max(1, slot)));
  return (
    <>
      <ul className="legend" aria-hidden="true">
        {PARTS.map(([part, label]) => (
          <li key={part}>
            <i className={`life-${part}`} /> {label}
          </li>
        ))}
      </ul>
      <div ref={place} className="stacked">
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true">
            {up.map((tick) => (
              <g key={tick}>
                <line className="grid" x1={PAD.left} x2={width - PAD.right} y1={zero - tick * scale} y2={zero - tick * scale} />
                <text className="axis" x={PAD.left - 8} y={zero - tick * scale + 4} textAnchor="end">
                  {say("visitors", tick)}
                </text>
              </g>
            ))}
            {labels.map((label, n) => {
              const x = PAD.left + n * slot + (slot - bar) / 2;
              let y = zero;
              return (
                <g key={label}>
                  <title>{`${name(label)}: ${PARTS.map(([part, word]) => `${word.toLowerCase()} ${say("visitors", series[part][n])}`).join(", ")}`}</title>
                  {(["returning", "new", "resurrected"] as const).map((part) => {
                    const size = (series[part][n] ?? 0) * scale;
                    y -= size;
                    return size > 0 ? <rect key={part} className={`life-${part}`} x={x} y={y} width={bar} height={Math.max(1, size - 1)} /> : null;
                  })}
                  <rect className="life-dormant" x={x} y={zero + 1} width={bar} height={(series.dormant[n] ?? 0) * scale} />
                  {n % step === 0 && (
                    <text className="axis" x={x + bar / 2} y={HEIGHT - 8} textAnchor="middle">
                      {name(label)}
                    </text>
                  )}
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of lifecycle">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">From</th>
              {PARTS.map(([part, label]) => (
                <th scope="col" key={part}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, n) => (
              <tr key={label}>
                <th scope="row">{name(label)}</th>
                {PARTS.map(([part]) => (
                  <td key={part}>{say("visitors", series[part][n])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
