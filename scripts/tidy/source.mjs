/** One source file, parsed: what the rules look at. Kept apart from the disk, so that tests can show rules any text. */
import { posix } from "node:path";
import { parseSync } from "oxc-parser";

/**
 * @typedef {{ path: string, text: string, program: object, comments: object[], module: object, imports: Import[],
 *   isTest: boolean, isGenerated: boolean, lineAt: (offset: number) => number }} Source
 * @typedef {{ specifier: string, start: number }} Import
 * @typedef {Map<string, Source>} Project by path from the root, with "/"
 * @typedef {{ path: string, line: number, rule: string, message: string }} Finding
 */

/** `files` are `[path, text]`, paths from the root of the workspace. */
export function parseProject(files) {
  return new Map(files.map(([path, text]) => [path, parseSource(path, text)]));
}

function parseSource(path, text) {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return {
    path,
    text,
    program,
    comments,
    module,
    imports: importsOf(program, module),
    isTest: /\.test\.m?ts$|\/test\//.test(path),
    isGenerated: /^\s*\/[/*].*\b(?:generated|do not edit)\b/i.test(text),
    lineAt: (offset) => lineStarts.findLastIndex((start) => start <= offset) + 1,
  };
}

/** Calls `visit(node, parent)` for every node of the syntax tree. */
export function walk(node, visit, parent) {
  visit(node, parent);
  for (const key in node) {
    const child = node[key];
    if (Array.isArray(child)) for (const each of child) walkChild(each, visit, node);
    else walkChild(child, visit, node);
  }
}

function walkChild(child, visit, parent) {
  if (typeof child?.type === "string") walk(child, visit, parent);
}

/** Static, re-exporting, dynamic and type imports, and files named by `new URL("./x.ts", import.meta.url)`. */
function importsOf(program, module) {
  const found = [];
  const add = (node) => {
    if (node?.type === "Literal" && typeof node.value === "string")
      found.push({ specifier: node.value, start: node.start });
  };
  for (const { moduleRequest } of module.staticImports) found.push(fromRequest(moduleRequest));
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest) found.push(fromRequest(moduleRequest));
  walk(program, (node) => {
    if (node.type === "ImportExpression") add(node.source);
    if (node.type === "TSImportType") add(node.source ?? node.argument);
    if (node.type === "NewExpression" && node.callee.name === "URL") add(node.arguments[0]);
  });
  return found;
}

const fromRequest = ({ value, start }) => ({ specifier: value, start });

const ownPackages = {
  "@quorate/redlock": "packages/redlock/src/index.ts",
  "@quorate/redlock/node": "packages/redlock/src/node/index.ts",
  "@quorate/testing": "packages/testing/src/index.ts",
  "@quorate/nestjs": "packages/nestjs/src/index.ts",
  "@quorate/fastify": "packages/fastify/src/index.ts",
};

/**
 * The path that an import leads to inside the workspace, whether or not the file is there; `undefined` outside. What is
 * started from `dist` is built from `src`.
 */
export function resolve(source, specifier) {
  if (!specifier.startsWith(".")) return ownPackages[specifier];
  const path = posix.join(posix.dirname(source.path), specifier);
  return path.replace(/^(packages\/[^/]+)\/dist\//, "$1/src/").replace(/\.js$/, ".ts");
}
