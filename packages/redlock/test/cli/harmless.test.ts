import { expect, test } from "vitest";
import { harmless } from "../../src/cli/terminal/harmless.ts";

test.each([
  ["a holder's \u001B]0;owned\u0007 title", String.raw`a holder's \u001b]0;owned\u0007 title`],
  ["\u001B[2J\u001B[H gone", String.raw`\u001b[2J\u001b[H gone`],
  ["back\rover", String.raw`back\u000dover`],
  ["\n[31m\u009B[31m", "\n[31m\\u009b[31m"],
  ["\u009B31m", String.raw`\u009b31m`],
  ["txt\u202Egnp", String.raw`txt\u202egnp`],
])("%j is printed as %s", (text, printed) => {
  expect(harmless(text)).toBe(printed);
});

test("lines, tabs, our own colours and other people's letters stay", () => {
  const text = "line\n\u001B[31mred\u001B[0m\tключ 🔒";
  expect(harmless(text)).toBe(text);
});
