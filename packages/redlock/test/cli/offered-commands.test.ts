/** What doctor and errors offer to paste is run by a real shell, with names made by somebody who means harm. */
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startFleet } from "@quorate/testing";
import { expect, test } from "vitest";
import { checkHolders } from "../../src/cli/doctor/checks/holders.ts";
import type { FleetFacts, NodeFacts } from "../../src/cli/doctor/facts.ts";
import { readRun } from "../../src/cli/doctor/probe/probe-holders.ts";
import { doctorText } from "../../src/cli/doctor/report.ts";
import { offerInspect } from "../../src/cli/settings/offered.ts";
import { holdingText } from "../../src/cli/inspect/holding-text.ts";
import { harmless } from "../../src/cli/terminal/harmless.ts";
import { remediesFor } from "../../src/errors/remedies.ts";
import { connectTo } from "../support/connect-to.ts";
import { scratchFolder } from "../support/scratch.ts";
import { redlock } from "./redlock-process.ts";

const evilNames = [
  "$(touch canary)",
  "`touch canary`",
  "a;touch canary",
  "it's $(touch canary)",
  "a\n touch canary\n#",
  "a\ntouch canary\n\n",
  "\u001B[2J\u202Egnp\r&& touch canary",
  "--token=x",
  "%s\\n ключ 🔒 a\\nb\u0007",
  "",
];

/** Runs a line as it was printed, and returns the arguments that the program it names was given. */
async function runInShell(line: string): Promise<string[]> {
  const folder = await scratchFolder();
  const program = `#!/bin/sh\nfor each; do printf '%s\\0' "$each"; done\n`;
  for (const name of ["npx", "redlock"]) await writeFile(join(folder, name), program, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line], { cwd: folder, env });
  expect((await readdir(folder)).toSorted()).toEqual(["npx", "redlock"]);
  return stdout.split("\0").slice(0, -1);
}

function fleetThatHolds(resource: string, keyPrefix = ""): FleetFacts {
  const key = { key: keyPrefix + resource, token: "a:1:\nERROR x", mode: "exclusive", permits: [] };
  const heldKeys = [{ ...key, remainingMs: Infinity, fence: 0 }];
  const facts = { node: "a:1", heldKeys, runs: [], isScanCut: false, failure: "no\nERROR    FORGED", info: undefined };
  const nodes = [facts as unknown as NodeFacts];
  return {
    ...{ nodes, quorum: 1, ttlMs: 1, keyPrefix, guardMs: 0, nodesArgument: "a$(touch canary):1,b:2" },
    ...{ durableNodes: true, heldOverMs: 0, nowMs: 0 },
  };
}

test.each(evilNames)("doctor's command for %j does what it says and nothing else", async (name) => {
  const fleet = fleetThatHolds(name, "app:$(touch canary)");
  const [finding] = checkHolders(fleet);
  const line = harmless(finding!.commands![0]!);
  const words = await runInShell(line);
  expect(words.slice(0, 7)).toEqual([
    ...["redlock", "release", "--force", "--key-prefix", "app:$(touch canary)", "--nodes", "a$(touch canary):1,b:2"],
  ]);
  expect(words.slice(7)).toEqual(name.startsWith("-") ? ["--", name] : [name]);
  // In one line; line ends at a name's end are followed by nothing of it.
  expect(
    line
      .trimEnd()
      .split("\n")
      .filter((each) => /touch|ERROR/.test(each)),
  ).toHaveLength(1);
});

test("an error's command, with the nodes' names in it, does nothing else", async () => {
  const vote = { outcome: "unknown", reason: "disconnected", detail: "x", mayHold: false } as const;
  const text = remediesFor([vote], ["a$(touch canary):1", "b`touch canary`:2"]);
  const words = await runInShell(/`(npx .*)` looks why/s.exec(text)![1]!);
  expect(words.at(-1)).toBe("a$(touch canary):1,b`touch canary`:2");
});

test("the command that a refused run offers does nothing else", async () => {
  await using fleet = await startFleet({ nodes: 3 });
  await using holder = connectTo(fleet.urls, { durableNodes: true });
  const resource = 'a"$(touch canary)"';
  await holder.acquire(resource, 20_000);
  const nodes = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
  const run = await redlock(["run", ...nodes, "--no-wait", resource, "--", "true"]);
  const addresses = fleet.urls.map((url) => url.replace("redis://", "")).join(",");
  const offered = ["redlock", "inspect", "--nodes", addresses, resource];
  expect(await runInShell(/: (npx redlock inspect .*)$/s.exec(run.stderr.trimEnd())![1]!)).toEqual(offered);
  const release = await redlock(["release", ...nodes, "--token", "other", resource]);
  expect(await runInShell(/: (npx redlock inspect .*)$/s.exec(release.stderr.trimEnd())![1]!)).toEqual(offered);
});

test.each(["x;curl:1", "web-1:1;touch canary", "web-1:0", "web-1:-1", "$(id):4711"])(
  "a connection that calls itself redlock-run:%s is none of a run",
  (rest) => {
    expect(readRun(`id=3 addr=1 name=redlock-run:${rest}:0a1b age=12`)).toBeUndefined();
    expect(readRun("id=3 addr=1 name=redlock-run:web-1:4711:0a1b age=12")).toMatchObject({
      host: "web-1",
      pid: "4711",
    });
  },
);

test("a foreign token, label or server's error begins no line of doctor's or inspect's", () => {
  const fleet = fleetThatHolds("a");
  const guard = { guardMs: 0, knownNodes: [], unknownNodes: [], text: "Restart guard: off." };
  const findings = [{ ...checkHolders(fleet)[0]!, problem: "said\nERROR    FORGED", nodes: ["a\nERROR    FORGED"] }];
  const doctor = doctorText(fleet, findings, guard, (_colour, text) => text, 100);
  const holder = 'tok\n"b": FORGED';
  const node = {
    ...{ node: "a:1", answered: true, mode: "exclusive" as const, holder, label: null, holders: [] },
    remainingMs: 1,
    fencingToken: 1,
    memoryAgeMs: null,
    waiting: 0,
    detail: "",
  };
  const silent = { ...node, answered: false, detail: 'x\n"b": FORGED' };
  const view = {
    version: 1,
    resource: "a",
    verdict: "held",
    holder,
    label: 'me\n"b": FORGED',
    remainingMs: 1,
    mode: "exclusive",
    ...{ holders: [], waiters: [] },
  } as const;
  const inspect = holdingText({ ...view, nodes: [node, silent] }, 0, (_colour, text) => text, 100);
  expect(`${doctor}\n${inspect}`).toContain(String.raw`\u000a`);
  expect(`${doctor}\n${inspect}`).not.toMatch(/^\s*(?:ERROR +FORGED|"b": FORGED)/m);
});

test("an offered command leads to the same nodes, and shows no password", () => {
  const settings = {
    ...{ urls: ["redis://u:secret@a:1", "rediss://b:2"], keyPrefix: "app:", secrets: ["secret"] },
    ...{ restartGuardMs: undefined, durableNodes: false, file: {} },
  };
  const offer = (source: string): string => offerInspect({ ...settings, source }, "x");
  expect(offer("--nodes")).toBe("npx redlock inspect --nodes a:1,rediss://b:2 --key-prefix app: x");
  // Where a password is needed, it is found where it was found before.
  expect(offer("REDLOCK_NODES")).toBe("npx redlock inspect --key-prefix app: x");
  expect(offer("my.json")).toBe("npx redlock inspect --config my.json --key-prefix app: x");
});
