import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { encodeOperations, type Operation } from "../../src/node/index.ts";
import { acquire, extend, heal, inspect, release } from "./operations.ts";

const lua = (name: string): string => readFileSync(new URL(`../../src/lua/${name}.lua`, import.meta.url), "utf8");

/** The names that a verb's header gives for its ARGV. */
function documentedArguments(verb: string): string[] {
  const header = /^-- ARGV {2}(.*)$/m.exec(lua(verb))?.[1] ?? "";
  return header
    .replaceAll(/\([^)]*\)/g, "")
    .split(/\s{2,}/)[0]!
    .split(",")
    .map((name) => name.trim());
}

/** Every answer that a verb's code can give, as the first word of its list. */
function returnedReplies(verb: string): string[] {
  return [...lua(verb).matchAll(/\{ '([^']+)'/g)].map((match) => match[1] as string);
}

const verbs: [string, Operation][] = [
  ["acquire", acquire()],
  ["extend", extend()],
  ["release", release()],
  ["keep", release({ keepMs: 1_000 })],
  ["inspect", inspect("orders")],
  ["notice", { kind: "notice", keys: ["orders"] }],
];

test.each(verbs)("%s's header names as many arguments as are sent", (verb, operation) => {
  const sent: string[] = [];
  encodeOperations([operation], "", sent);
  const spec = sent[2 + Number(sent[0])] ?? "";
  const count = documentedArguments(verb).length;
  expect(spec.split(" ")).toHaveLength(count);
});

test("a token may hold spaces and line ends", () => {
  const sent: string[] = [];
  encodeOperations([release({ token: "a b\nc" })], "", sent);
  expect(sent.at(-1)?.endsWith(" a b\nc")).toBe(true);
});

const files = readdirSync(new URL("../../src/lua", import.meta.url))
  .filter((name) => name.endsWith(".lua"))
  .map((name) => name.slice(0, -".lua".length));

/** The dispatcher only passes on what the verbs answer. */
const answering = files.filter((file) => file !== "dispatcher");

/** Of a node's own errors the headers speak in words. */
const inWords = new Set(["error"]);

test.each(answering)("%s's header tells every reply of its code", (file) => {
  const header = lua(file).split("\n\n")[0] as string;
  for (const reply of returnedReplies(file)) if (!inWords.has(reply)) expect(header).toContain(`{"${reply}"`);
});

test("the replies are found where they are: a rule that looks for what is no longer there guards nothing", () => {
  expect(new Set(answering.flatMap(returnedReplies).filter((reply) => !inWords.has(reply)))).toEqual(
    new Set(["held", "stale", "lost", "holders", "slots"]),
  );
});

test("heal is encoded as acquire", () => {
  const encoded = [acquire(), heal()].map((operation) => {
    const sent: string[] = [];
    encodeOperations([operation], "", sent);
    return sent.map((text) => text.replace(/^[ah]1 /, "verb "));
  });
  expect(encoded[0]).toEqual(encoded[1]);
});

test("a client's key prefix is part of the key that the fence key is derived from", () => {
  const sent: string[] = [];
  encodeOperations([inspect("orders", "{tag}x")], "app:", sent);
  expect(sent.slice(1, 6)).toEqual([
    "app:quorate:life",
    "app:orders",
    "app:{tag}x",
    "{app:orders}:fence",
    "app:{tag}x:fence",
  ]);
});
