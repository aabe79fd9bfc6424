/**
 * What an app may bundle, minify or load in a realm of jest's must not depend on where it runs: no name of a class, no
 * `import.meta`, no symbol that a realm may lack.
 */
import { walk } from "./source.mjs";

const home = "packages/redlock/src/";
const exempt = [
  // A process of its own, run as it was compiled.
  "packages/redlock/src/cli/",
  // Replaced in the CommonJS build.
  "packages/redlock/src/node/ioredis/load-ioredis.ts",
];

export function portable(project) {
  const findings = [];
  for (const source of project.values()) {
    if (!source.path.startsWith(home) || source.isTest || exempt.some((path) => source.path.startsWith(path))) continue;
    walk(source.program, (node) => {
      const message = complaint(node);
      if (message) findings.push({ path: source.path, line: source.lineAt(node.start), rule: "portable", message });
    });
  }
  return findings;
}

function complaint(node) {
  if (node.type === "VariableDeclaration" && node.kind.endsWith("using"))
    return `"${node.kind}" throws, with the lock taken, where a realm has no symbol for it: use try and finally`;
  if (/^(?:MethodDefinition|Property)$/.test(node.type) && isDisposal(node))
    return "a method of this name is called undefined where a realm has no such symbol: see lock/lock.ts";
  if (node.type === "MetaProperty" && node.meta.name === "import")
    return "import.meta breaks what is bundled to CommonJS: see node/ioredis/load-ioredis.ts";
  if (node.type === "MemberExpression" && node.property.name === "name" && isClass(node.object))
    return "a minifier renames classes: decide by shape, code or message";
  return undefined;
}

const isDisposal = ({ computed, key }) =>
  computed && key.object?.name === "Symbol" && /^(?:asyncD|d)ispose$/.test(key.property.name);

const isClass = (node) =>
  (node.type === "MetaProperty" && node.meta.name === "new") ||
  (node.type === "MemberExpression" && node.property.name === "constructor") ||
  (node.type === "ChainExpression" && isClass(node.expression));
