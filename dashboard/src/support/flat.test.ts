import { expect, test } from "vitest";

import { flat } from "./flat";

test("nothing that is held is left out", () => {
  const held = { id: "anna", customer: null, stated: { tags: ["maths", "<b>"], interests: [] }, consents: {} };
  expect(flat(held)).toEqual([
    ["id", "anna"],
    ["customer", "none"],
    ["stated: tags", "maths, <b>"],
    ["stated: interests", "none"],
    ["consents", "none"],
  ]);
});
