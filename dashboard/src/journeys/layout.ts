/** Where the boxes and bands of a stream graph are. Columns are given; heights follow the visits. */

import type { JourneysAnswer } from "../api/types";

export interface Box {
  column: number;
  at: number;
  x: number;
  y: number;
  height: number;
  /** The part that goes no further, at the foot of the box. */
  lost: number;
}

export interface Band {
  column: number;
  from: number;
  to: number;
  visits: number;
  path: string;
  width: number;
}

export const BOX = 12;
const GAP = 10;

/** Boxes of a column stand below each other with gaps; bands leave and enter in the order of the boxes. */
export function layout({ columns, flows }: JourneysAnswer, width: number, height: number): { boxes: Box[]; bands: Band[]; height: number } {
  const most = Math.max(0, ...columns.map((column) => column.length));
  const tallest = Math.max(1, ...columns.map((column) => column.reduce((sum, node) => sum + (node.visits ?? 0), 0)));
  const scale = Math.max(0, height - GAP * Math.max(0, most - 1)) / tallest;
  const step = columns.length > 1 ? (width - BOX) / (columns.length - 1) : 0;
  const boxes: Box[][] = columns.map((column, n) => {
    let y = 0;
    return column.map((node, at) => {
      const size = Math.max(2, (node.visits ?? 0) * scale);
      const box = { column: n, at, x: n * step, y, height: size, lost: Math.min(size, (node.dropped ?? 0) * scale) };
      y += size + GAP;
      return box;
    });
  });
  const [leaving, entering] = [new Map<Box, number>(), new Map<Box, number>()];
  const bands = [...flows]
    .sort((a, b) => a.column - b.column || a.from - b.from || a.to - b.to)
    .flatMap((flow): Band[] => {
      const [a, b] = [boxes[flow.column]?.[flow.from], boxes[flow.column + 1]?.[flow.to]];
      if (!a || !b || !flow.visits) return [];
      const thick = flow.visits * scale;
      const [out, into] = [leaving.get(a) ?? 0, entering.get(b) ?? 0];
      leaving.set(a, out + thick);
      entering.set(b, into + thick);
      const [x0, y0, x1, y1] = [a.x + BOX, a.y + out + thick / 2, b.x, b.y + into + thick / 2];
      const middle = (x0 + x1) / 2;
      const path = [x0, y0, middle, y0, middle, y1, x1, y1].map((n) => n.toFixed(1));
      const d = `M${path[0]} ${path[1]}C${path[2]} ${path[3]} ${path[4]} ${path[5]} ${path[6]} ${path[7]}`;
      return [{ column: flow.column, from: flow.from, to: flow.to, visits: flow.visits, path: d, width: Math.max(1, thick) }];
    });
  const used = Math.max(0, ...boxes.flat().map((box) => box.y + box.height));
  return { boxes: boxes.flat(), bands, height: used };
}
