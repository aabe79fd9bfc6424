/**
 * Puts the Lua of src/lua together into one script and writes it to src/lua/script.ts, with the SHA-1 by which Redis
 * knows it. With --check nothing is written: exits 1 when the file is not what the Lua would make.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** In this order: a local function of Lua is known only below its definition. */
const usual = ["prelude", "acquire", "release"];
/** Each part in one function, which is called when it is first needed: what it defines is not made before. */
const contended = ["shared", "line", "contended", "handed", "finish"];
const beside = ["holders", "hold-beside", "call-beside", "beside"];
const others = ["life", "keep", "heal", "extend", "inspect", "notice", "others"];
const folder = new URL("../src/lua/", import.meta.url);
const target = new URL("script.ts", folder);

/** Whole-line comments and indentation go; our Lua has no comment behind code and no text over several lines. */
function strip(lua) {
  const lines = lua.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("--")).join("\n");
}

const read = (part) => strip(readFileSync(new URL(`${part}.lua`, folder), "utf8"));
const part = (name, files) => [`function ${name}()`, ...files.map(read), "end"];
const inside = [...part("makeBeside", beside), ...part("makeOthers", others)];
const whole = ["function makeWhole()", ...contended.map(read), read("parts"), ...inside, read("whole"), "end"];
const text = [...usual.map(read), ...whole, read("dispatcher")].join("\n");
const sha1 = createHash("sha1").update(text).digest("hex");
const escaped = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
const module = `// Made by scripts/embed-lua.mjs from the .lua files beside it. Do not edit.

/** The SHA-1 of \`scriptText\`, for EVALSHA. */
export const scriptSha1: string = "${sha1}";

/** The whole script, without comments. */
export const scriptText: string = \`${escaped}\`;
`;

let isCurrent = false;
try {
  isCurrent = readFileSync(target, "utf8") === module;
} catch {
  // Not there yet.
}
if (process.argv.includes("--check")) {
  if (!isCurrent) {
    process.stderr.write(`${fileURLToPath(target)} is out of date: run node scripts/embed-lua.mjs\n`);
    process.exitCode = 1;
  }
} else if (!isCurrent) {
  writeFileSync(target, module);
}
