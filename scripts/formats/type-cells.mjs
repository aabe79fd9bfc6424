/** Every TypeScript that is promised, by every way to resolve, from both kinds of file; no library is left unchecked. */
import { join } from "node:path";

export const typescripts = ["5.0", "5.2", "5.4", "5.6", "5.8", "5.9", "6.0", "7.0"];
/** module, moduleResolution, ending */
const ways = [
  ["CommonJS", "node10", "ts"],
  ["Node16", "Node16", "mts"],
  ["Node16", "Node16", "cts"],
  ["NodeNext", "NodeNext", "mts"],
  ["NodeNext", "NodeNext", "cts"],
  ["ESNext", "Bundler", "ts"],
];
/** Those of 7.0 are among the tests of the release. */
const quick = new Set(["5.9 node10 ts", "5.9 Node16 cts"]);

const program = `
import { Redlock, ResourceLockedError, type Lock, type RedlockOptions } from "@quorate/redlock";
import { createNode, type Connection } from "@quorate/redlock/node";
import Compat, { ExecutionError, type Settings } from "@quorate/redlock/compat";
import { memoryNodes } from "@quorate/testing";
import { Redis } from "ioredis";

const options: RedlockOptions = { waitMs: 1_000 };
const redlock = new Redlock([new Redis(1), new Redis(2), new Redis(3)], options);
export const connected = Redlock.connect(["a", "b", "c"], { Redis });
export const lock: Promise<Lock | null> = redlock.tryAcquire("a", 1_000);
export const adapt: (connection: Connection, runtime: never) => unknown = createNode;
const settings: Partial<Settings> = { retryCount: 0 };
export const old = new Compat([new Redis(1)], settings).using(["a"], 1_000, async (signal) => signal.error?.message);
export const tested = new Redlock(memoryNodes(3).connect());
export const isKnown = (error: unknown) => error instanceof ResourceLockedError || error instanceof ExecutionError;
export const ended = redlock.acquire("a", 1_000).then((lock) => lock[Symbol.asyncDispose]());
// @ts-expect-error there is no such option
export const wrong: RedlockOptions = { waitMillis: 1 };
`;

const tsc = (folder) => join(folder, "node_modules", "typescript", "bin", "tsc");

export const typeCells = typescripts.flatMap((version) =>
  ways.flatMap(([module, moduleResolution, ending]) => {
    // TypeScript 7 has no such resolution any more.
    if (version === "7.0" && moduleResolution === "node10") return [];
    return typeCell(version, module, moduleResolution, ending);
  }),
);

function typeCell(version, module, moduleResolution, ending) {
  const id = `${version} ${moduleResolution} ${ending}`;
  const compilerOptions = {
    ...{ target: "ES2022", strict: true, skipLibCheck: false, types: ["node"], noEmit: true, module, moduleResolution },
    // The library's types for disposal come with TypeScript 5.2.
    lib: Number(version) < 5.2 ? ["ES2022"] : ["ES2022", "ESNext.Disposable"],
    ...(moduleResolution === "node10" && { esModuleInterop: true }),
    ...(version === "6.0" && { ignoreDeprecations: "6.0" }),
  };
  const name = id.replaceAll(" ", "-");
  return {
    name: `TypeScript ${version}, ${moduleResolution}, .${ending}`,
    project: `ts-${version}`,
    files: {
      [`${name}/use.${ending}`]: program,
      [`${name}/tsconfig.json`]: JSON.stringify({ compilerOptions, files: [`use.${ending}`] }),
    },
    make: [[process.execPath, tsc, "-p", (folder) => join(folder, name)]],
    command: undefined,
    env: {},
    isQuick: quick.has(id),
  };
}
