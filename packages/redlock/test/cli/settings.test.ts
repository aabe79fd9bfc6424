import { expect, test } from "vitest";
import { hintAtNodes, readSettings } from "../../src/cli/settings/settings.ts";

test("whoever named no nodes is told whose are asked", () => {
  const unnamed = readSettings({}, {});
  expect(unnamed.urls).toHaveLength(5);
  expect(hintAtNodes(unnamed)).toMatch(/^no nodes were named, .* --nodes, REDLOCK_NODES or redlock\.config\.json\.$/);
  expect(hintAtNodes(readSettings({}, { REDLOCK_NODES: "a:1,b:2,c:3" }))).toBeUndefined();
});
