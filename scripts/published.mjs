#!/usr/bin/env node
/** Whether those who install the packages find their code and types: prints what is wrong with what would be published. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { pack, published } from "./release-pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What two linters object to. */
export async function faultsOf(tarball, manifest) {
  const bytes = new Uint8Array(tarball);
  const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true, level: "warning" });
  const { types, problems = [] } = await checkPackage(createPackageFromTarballData(bytes));
  const faults = messages.map((message) => formatMessage(message, manifest, { color: false }));
  if (!types) faults.push("it has no types");
  return [...faults, ...problems.map((problem) => JSON.stringify(problem))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of published) {
    const { path } = await pack(root, name);
    const manifest = JSON.parse(await readFile(new URL(`../packages/${name}/package.json`, import.meta.url), "utf8"));
    for (const fault of await faultsOf(await readFile(path), manifest)) {
      console.log(`${manifest.name}: ${fault}`);
      process.exitCode = 1;
    }
  }
}
