/** Spans of days or weeks, as people write them (`0-0, 1-3`) and as they are asked for (the end is not part of it). */

export type Bracket = [number, number];

const USUAL: Bracket[] = [
  [0, 1],
  [1, 2],
  [2, 3],
  [4, 5],
];

/** What makes no sense is left out; where nothing does, the usual spans are meant. */
export function readBrackets(text: string | undefined): Bracket[] {
  const found = (text ?? "").split(",").flatMap((part): Bracket[] => {
    const match = part.trim().match(/^(\d{1,3})(?:\s*-\s*(\d{1,3}))?$/);
    if (!match) return [];
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    return last >= first ? [[first, last + 1]] : [];
  });
  return found.length > 0 ? found : USUAL;
}

export function writeBrackets(brackets: Bracket[]): string {
  return brackets.map(([first, end]) => (end === first + 1 ? String(first) : `${first}-${end - 1}`)).join(", ");
}
