import { expect, test } from "vitest";

import type { Permission, Session } from "../api/types";
import { may, sectionsOf } from "./pages";

const session = (permissions: Permission[]): Session => ({ email: "", roles: [], may: permissions, preferences: {}, sites: [] });

test("an account sees the pages that it may open", () => {
  const names = (...permissions: Permission[]) => sectionsOf(session(permissions)).map(([, name]) => name);
  expect(names("see_by_code")).toEqual(["Support"]);
  expect(names("see_privacy", "read_settings")).toEqual(["Privacy", "Settings"]);
  expect(names("ask_questions")[0]).toBe("Overview");
  expect(names("ask_questions")).not.toContain("Settings");
  expect(may(session([]), "ask_questions")).toBe(false);
});
