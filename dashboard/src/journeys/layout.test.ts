import { describe, expect, it } from "vitest";

import type { JourneysAnswer } from "../api/types";
import { layout } from "./layout";

const node = (key: string, visits: number, dropped = 0) => ({ key, kind: "value" as const, visits, dropped });

describe("streams", () => {
  it("leave and enter boxes without overlap, in proportion to visits", () => {
    const columns = [[node("/", 100, 20)], [node("/a", 50), node("/b", 30)]];
    const flows = [
      { column: 0, from: 0, to: 1, visits: 30 },
      { column: 0, from: 0, to: 0, visits: 50 },
      { column: 0, from: 0, to: 2, visits: 5 },
    ];
    const { boxes, bands } = layout({ columns, flows } as unknown as JourneysAnswer, 112, 110);
    expect(boxes.map(({ x, y, height, lost }) => [x, y, height, lost])).toEqual([
      [0, 0, 100, 20],
      [100, 0, 50, 0],
      [100, 60, 30, 0],
    ]);
    expect(bands.map(({ to, width, path }) => [to, width, path])).toEqual([
      [0, 50, "M12.0 25.0C56.0 25.0 56.0 25.0 100.0 25.0"],
      [1, 30, "M12.0 65.0C56.0 65.0 56.0 75.0 100.0 75.0"],
    ]);
  });

  it("draws nothing of what is not told", () => {
    const columns = [[node("/", 0)], [{ ...node("/a", 0), visits: null }]];
    const { bands } = layout({ columns, flows: [{ column: 0, from: 0, to: 0, visits: null }] } as unknown as JourneysAnswer, 100, 100);
    expect(bands).toEqual([]);
  });
});
