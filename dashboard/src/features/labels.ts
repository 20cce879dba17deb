/** Where names of points are written, so that none lies on another name or on a point. */

export interface Named {
  x: number;
  y: number;
  name: string;
}

export interface Label {
  x: number;
  y: number;
  anchor: "start" | "end";
  /** Far enough from its point that a line leads there. */
  led: boolean;
}

interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Of a letter, on average; names are cut by nobody, so this may be too much but not too little. */
const LETTER = 7;
const LINE = 15;
const GAP = 9;
const POINT = 6;

const apart = (a: Box, b: Box) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

/** A place for each name, in the order of the points; undefined where there is none. The table has all of them. */
export function labels(points: readonly Named[], frame: Frame): (Label | undefined)[] {
  const taken: Box[] = points.map(({ x, y }) => ({ left: x - POINT, right: x + POINT, top: y - POINT, bottom: y + POINT }));
  const found: (Label | undefined)[] = points.map(() => undefined);
  // Those in sparse places come first: they keep the place beside their point.
  const crowd = (at: number) => points.filter((other) => Math.abs(other.y - (points[at]?.y ?? 0)) < 3 * LINE && Math.abs(other.x - (points[at]?.x ?? 0)) < 160).length;
  const order = points.map((_, at) => at).sort((a, b) => crowd(a) - crowd(b) || (points[b]?.x ?? 0) - (points[a]?.x ?? 0));
  for (const at of order) {
    const point = points[at];
    if (!point) continue;
    const width = point.name.length * LETTER;
    for (const shift of SHIFTS) {
      const place = (["start", "end"] as const).map((anchor) => ({ anchor, box: boxOf(point, width, anchor, shift) })).find(({ box }) => inside(box, frame) && taken.every((other) => apart(box, other)));
      if (!place) continue;
      taken.push(place.box);
      found[at] = { x: place.anchor === "start" ? place.box.left : place.box.right, y: point.y + shift, anchor: place.anchor, led: Math.abs(shift) > LINE / 2 };
      break;
    }
  }
  return found;
}

/** Beside the point, then by and by further above and below. */
const SHIFTS = Array.from({ length: 19 }, (_, n) => (n % 2 === 0 ? 1 : -1) * Math.ceil(n / 2) * LINE);

function boxOf({ x, y }: Named, width: number, anchor: "start" | "end", shift: number): Box {
  const gap = shift === 0 ? GAP : GAP + 4;
  const left = anchor === "start" ? x + gap : x - gap - width;
  return { left, right: left + width, top: y + shift - LINE / 2, bottom: y + shift + LINE / 2 };
}

const inside = (box: Box, frame: Frame) => box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
