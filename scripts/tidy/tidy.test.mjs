/** Every rule has a text that breaks it and a text that keeps it: a rule that cannot fail guards nothing. */
import { describe, expect, test } from "vitest";
import { documentedExports } from "./documented-exports.mjs";
import { fileShape } from "./file-shape.mjs";
import { importDirection, layers } from "./import-direction.mjs";
import { injectedTime } from "./injected-time.mjs";
import { options } from "./options.mjs";
import { entriesOf, reachable } from "./reachable.mjs";
import { parseProject } from "./source.mjs";
import { portable } from "./portable.mjs";
import { words } from "./words.mjs";

const src = "packages/redlock/src";

/** The findings of one rule on one file, as "line: message". */
const judge = (rule, path, text) =>
  rule(parseProject([[path, text]])).map(({ line, message }) => `${line}: ${message}`);

describe("import-direction", () => {
  test("every layer names only layers below it, so that no two can import each other", () => {
    const order = Object.keys(layers);
    for (const [part, below] of Object.entries(layers)) {
      for (const each of below) expect(order.indexOf(each), `${part} -> ${each}`).toBeLessThan(order.indexOf(part));
      expect(order.indexOf(part)).toBeGreaterThanOrEqual(below.length);
    }
  });

  const breaking = [
    ["core/a.ts", 'import { x } from "../runtime/clock.ts";', "core imports runtime/clock.ts"],
    ["core/a.ts", 'import type { x } from "../node/node.ts";', "core imports node/node.ts"],
    ["core/a.ts", 'export * from "../errors/errors.ts";', "core imports errors/errors.ts"],
    ["runtime/a.ts", 'import "../node/node.ts";', "runtime imports node/node.ts"],
    ["node/a.ts", 'import "../round/round.ts";', "node imports round/round.ts"],
    ["node/a.ts", 'const x = await import("../round/round.ts");', "node imports round/round.ts"],
    ["lock/a.ts", 'import "../redlock.ts";', "lock imports redlock.ts"],
    ["acquire/a.ts", 'import "../cli/main.ts";', "acquire imports cli/main.ts"],
    ["observe/a.ts", 'import "../lock/lock.ts";', "observe imports lock/lock.ts"],
    ["round/a.ts", 'import type { x } from "../lock/held-lock.ts";', "round imports lock/held-lock.ts"],
    ["lock/a.ts", 'import type { x } from "../acquire/local-queue.ts";', "lock imports acquire/local-queue.ts"],
    ["errors/a.ts", 'import type { x } from "../round/round.ts";', "errors imports round/round.ts"],
    ["redlock.ts", 'import "./cli/main.ts";', "redlock.ts imports cli/main.ts"],
    ["node/ioredis/a.ts", 'import "../node-redis/b.ts";', "adapters never import each other"],
    ["lock/a.ts", 'import "@quorate/testing";', "packages arrive at it"],
    ["lock/a.ts", 'import "../../../testing/src/index.ts";', "leaves packages/redlock/src/"],
    ["lock/a.ts", 'import type { Redis } from "ioredis";', 'the client library "ioredis"'],
    ["lock/a.ts", 'let r: import("ioredis").Redis;', 'the client library "ioredis"'],
    ["node/ioredis/a.ts", 'import "redis";', 'the client library "redis"'],
    ["node/a.ts", 'import "@valkey/valkey-glide";', 'the client library "@valkey/valkey-glide"'],
    ["stuff/a.ts", 'import "../core/vote.ts";', '"stuff" is no part of the architecture'],
  ];
  test.each(breaking)("%s must not say %s", (path, text, message) => {
    const findings = judge(importDirection, `${src}/${path}`, `\n${text}`);
    expect(findings).toEqual([expect.stringContaining(message)]);
    expect(findings[0]).toMatch(/^2: /);
  });

  const keeping = [
    ["core/a.ts", 'import "./vote.ts";'],
    ["node/a.ts", 'import "../core/vote.ts"; import "../runtime/clock.ts"; import "../lua/script.ts";'],
    ["node/ioredis/a.ts", 'import type { Redis } from "ioredis"; import "../node.ts";'],
    ["lock/a.ts", 'import "../round/a.ts"; import "../errors/errors.ts"; import "p-retry"; import "node:events";'],
    ["lock/a.test.ts", 'import "@quorate/testing"; import "ioredis";'],
    ["cli/a.ts", 'import "../redlock.ts";'],
  ];
  test.each(keeping)("%s may say %s", (path, text) => {
    expect(judge(importDirection, `${src}/${path}`, text)).toEqual([]);
  });
});

describe("injected-time", () => {
  const breaking = [
    ["Date.now()", "Date.now"],
    ["globalThis.Date.now()", "Date.now"],
    ["new Date()", "new Date()"],
    ["performance.now()", "performance.now"],
    ["process.hrtime.bigint()", "process.hrtime"],
    ["process.nextTick(f)", "process.nextTick"],
    ["os.uptime()", "os.uptime"],
    ['import { uptime } from "node:os"', "uptime"],
    ["setTimeout(f, 1)", "setTimeout"],
    ["const timers = { setTimeout }", "setTimeout"],
    ["globalThis.setInterval(f, 1)", "setInterval"],
    ["setImmediate(f)", "setImmediate"],
    ["queueMicrotask(f)", "queueMicrotask"],
    ['import { setTimeout as sleep } from "node:timers/promises"', "setTimeout"],
    ["Math.random()", "Math.random"],
    ['Math["random"]()', "Math.random"],
    ["crypto.randomUUID()", "crypto.randomUUID"],
    ['import { randomBytes } from "node:crypto"', "randomBytes"],
    ['import { nanoid } from "nanoid"', "nanoid"],
    ["AbortSignal.timeout(1)", "AbortSignal.timeout"],
  ];
  test.each(breaking)("%s is refused outside runtime/", (text, what) => {
    const findings = judge(injectedTime, `${src}/core/a.ts`, `\n${text};`);
    expect(findings).toContainEqual(expect.stringContaining(what));
    expect(findings[0]).toMatch(/^2: /);
    expect(judge(injectedTime, `${src}/runtime/a.ts`, text)).toEqual([]);
    expect(judge(injectedTime, `${src}/core/a.test.ts`, text)).toEqual([]);
  });

  const keeping = [
    "new Date(1)",
    "runtime.setTimeout(f, 1)",
    "const fake = { setTimeout: f }",
    'import { createHash } from "node:crypto"',
    'import type { nanoid } from "nanoid"',
  ];
  test.each(keeping)("%s is no clock", (text) => {
    expect(judge(injectedTime, `${src}/core/a.ts`, text)).toEqual([]);
  });

  test("the command line may use timers, but no clock", () => {
    expect(judge(injectedTime, `${src}/cli/a.ts`, "setTimeout(f, 1);")).toEqual([]);
    expect(judge(injectedTime, `${src}/cli/a.ts`, "Date.now();")).toHaveLength(1);
  });
});

describe("options", () => {
  const judgeMember = (member) =>
    judge(options, `${src}/options/options.ts`, `export interface Options {\n${member}\n}`);

  test("a number says its unit", () => {
    expect(judgeMember("/** doc */ wait?: number | undefined;")).toEqual([
      expect.stringMatching(/^2: .*"wait" has no unit/),
    ]);
    expect(judgeMember("/** doc */ waitMs?: number | undefined; /** doc */ driftFactor?: number;")).toEqual([]);
  });

  test("an option has a doc comment", () => {
    expect(judgeMember("name?: string;")).toEqual([expect.stringContaining('"name" has no doc comment')]);
    expect(judgeMember("/** For people. */ name?: string;")).toEqual([]);
  });
});

describe("documented-exports", () => {
  const judgeFiles = (...files) =>
    documentedExports(parseProject(files.map(([path, text]) => [`${src}/${path}`, text]))).map(
      ({ path, line, message }) => `${path}:${line} ${message.split(" ")[0]}`,
    );

  test("what the entry declares itself has a doc comment", () => {
    expect(judgeFiles(["index.ts", "\nexport const a = 1;"])).toEqual([`${src}/index.ts:2 "a"`]);
    expect(judgeFiles(["index.ts", "/** Why. */\nexport const a = 1;"])).toEqual([]);
  });

  test("re-exports are followed to the declaration", () => {
    const entry = ["index.ts", 'export { A as B } from "./a.ts"; export * from "./c.ts";'];
    const through = ["c.ts", 'import { D } from "./d.ts"; export { D };'];
    expect(judgeFiles(entry, ["a.ts", "export class A {}"], through, ["d.ts", "export type D = 1;"])).toEqual([
      `${src}/a.ts:1 "A"`,
      `${src}/d.ts:1 "D"`,
    ]);
    expect(judgeFiles(entry, ["a.ts", "/** A. */ export class A {} export class Hidden {}"], through)).toEqual([]);
  });

  test("a file's header is not the doc comment of what follows", () => {
    expect(judgeFiles(["index.ts", "/** About the file. */\n\nexport const a = 1;"])).toHaveLength(1);
  });
});

describe("file-shape", () => {
  test.each(["utils/a.ts", "core/helpers/a.ts", "types.ts", "node/constants.ts", "common/a.ts", "misc/a.ts"])(
    "%s says nothing about what is inside",
    (path) => expect(judge(fileShape, `${src}/${path}`, "")).toHaveLength(1),
  );
});

describe("portable", () => {
  test.each([
    "async () => { await using lock = await acquire(); }",
    "() => { using cut = partition(); }",
    "class Lock { [Symbol.asyncDispose]() {} }",
    "const guard = { [Symbol.dispose]: () => {} };",
    "createRequire(import.meta.url)",
    "error.constructor.name",
    "error?.constructor?.name",
    "class A { constructor() { this.name = new.target.name; } }",
  ])("what runs in an app does not say %s", (text) => {
    expect(judge(portable, `${src}/lock/a.ts`, text)).toHaveLength(1);
    expect(judge(portable, `${src}/cli/a.ts`, text)).toEqual([]);
    expect(judge(portable, `${src}/lock/a.test.ts`, text)).toEqual([]);
  });

  test("what only looks like it is fine", () => {
    const text = "node.name; new Foo().name; class Lock { declare readonly [Symbol.asyncDispose]: () => void; }";
    expect(judge(portable, `${src}/lock/a.ts`, text)).toEqual([]);
  });
});

describe("words", () => {
  test("exports use the words of the field", () => {
    expect(judge(words, `${src}/node/a.ts`, "export const redisInstances = 1;")).toEqual([
      expect.stringContaining("the word here is nodes"),
    ]);
    expect(judge(words, `${src}/lock/a.ts`, "export class LeaseKeeper {}")).toHaveLength(1);
    expect(judge(words, `${src}/core/a.ts`, "export class LeaseBounds {}")).toEqual([]);
    expect(judge(words, `${src}/lock/a.ts`, "export const releaseAll = 1; const instance = 2;")).toEqual([]);
  });

  test("a test's title is a fact", () => {
    const path = `${src}/core/a.test.ts`;
    expect(judge(words, path, 'test("should work", f)')).toHaveLength(1);
    expect(judge(words, path, 'it.each([1])("it should work with %d", f)')).toHaveLength(1);
    expect(judge(words, path, 'test("a tie is lost", f)')).toEqual([]);
  });
});

describe("reachable", () => {
  const entries = entriesOf("packages/a", {
    exports: {
      ".": { import: "./dist/esm/index.mjs", default: "./dist/cjs/index.js" },
      "./package.json": "./package.json",
    },
    bin: { a: "./dist/bin/cli/main.js" },
    scripts: { soak: "tsc -b && node dist/cli/soak.js" },
  });
  const dead = (...files) =>
    reachable(parseProject(files.map(([path, text]) => [`packages/a/${path}`, text])), entries).map(({ path }) => path);

  test("what neither an entry nor a test leads to is dead", () => {
    expect(dead(["src/index.ts", 'import "./b.ts";'], ["src/b.ts", ""], ["src/c.ts", ""])).toEqual([
      "packages/a/src/c.ts",
    ]);
  });

  test("commands, tests, dynamic imports and worker files count", () => {
    const files = [
      ["src/cli/main.ts", 'await import("../b.ts"); fork(new URL("../worker.js", import.meta.url));'],
      ["src/cli/soak.ts", ""],
      ["src/b.ts", ""],
      ["src/worker.ts", ""],
      ["test/d.test.ts", 'import "../src/d.ts";'],
      ["src/d.ts", 'spawn(fileURLToPath(new URL("../dist/holder.js", import.meta.url)));'],
      ["src/holder.ts", ""],
    ];
    expect(dead(...files)).toEqual([]);
  });

  test("two files that only import each other are dead", () => {
    expect(dead(["src/a.ts", 'import "./b.ts";'], ["src/b.ts", 'import "./a.ts";'])).toHaveLength(2);
  });
});
