import { expect, test } from "vitest";
import { hintAtNodes, readSettings } from "../../src/cli/settings/settings.ts";

test("whoever named no nodes is told whose were asked, where too few of them answered", () => {
  const unnamed = readSettings({}, {});
  expect(unnamed.urls).toHaveLength(5);
  expect(hintAtNodes(unnamed, 69)).toMatch(
    /^no nodes were named, .* --nodes, REDLOCK_NODES or redlock\.config\.json\.$/,
  );
  expect(hintAtNodes(unnamed, 0)).toBeUndefined();
  expect(hintAtNodes(readSettings({}, { REDLOCK_NODES: "a:1,b:2,c:3" }), 69)).toBeUndefined();
});
