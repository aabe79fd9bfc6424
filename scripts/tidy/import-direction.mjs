/** The arrows of the architecture point one way: who may import whom inside packages/redlock/src. */
import { resolve } from "./source.mjs";

const home = "packages/redlock/src/";
/**
 * The layers, lowest first: part (a folder or a file of `src`) to the parts below that it may import. A part that is named
 * before it stands in the list would be an arrow up.
 */
export const layers = {
  core: [],
  runtime: ["core"],
  lua: [],
  node: ["core", "runtime", "lua"],
  options: ["core"],
  errors: ["core"],
  observe: ["core", "node", "options", "errors"],
  round: ["core", "runtime", "node", "options", "errors", "observe"],
  lock: ["core", "runtime", "node", "options", "errors", "observe", "round"],
  acquire: ["core", "runtime", "node", "options", "errors", "observe", "round", "lock"],
  coordinate: ["core", "runtime", "node", "options", "errors", "observe", "round", "lock", "acquire"],
  "redlock.ts": ["core", "runtime", "node", "options", "errors", "observe", "round", "lock", "acquire", "coordinate"],
  "index.ts": ["node", "options", "errors", "observe", "round", "lock", "coordinate", "redlock.ts"],
  compat: ["core", "runtime", "node", "options", "errors", "observe", "round", "lock", "acquire", "redlock.ts"],
  cli: ["core", "runtime", "node", "options", "errors", "observe", "round", "lock", "redlock.ts", "index.ts", "lua"],
};

/** Where each client library may be imported, types included. */
const adapterOf = {
  ioredis: "ioredis",
  redis: "node-redis",
  "@redis/client": "node-redis",
  "@valkey/valkey-glide": "valkey-glide",
};

export function importDirection(project) {
  const findings = [];
  for (const source of project.values()) {
    if (!source.path.startsWith(home) || source.isTest) continue;
    for (const { specifier, start } of source.imports) {
      const message = wrongImport(source, specifier);
      if (message) findings.push({ path: source.path, line: source.lineAt(start), rule: "import-direction", message });
    }
  }
  return findings;
}

function wrongImport(source, specifier) {
  const place = source.path.slice(home.length);
  const client = clientLibrary(specifier);
  if (client) return wrongClient(place, client);
  if (specifier.startsWith("@quorate/"))
    return `${home} imports "${specifier}": packages arrive at it, it imports none of them; use a relative path inside it`;
  const target = resolve(source, specifier);
  if (target === undefined) return undefined;
  if (!target.startsWith(home)) return `"${specifier}" leaves ${home}: move what is needed inside`;
  return wrongPart(place, target.slice(home.length));
}

function clientLibrary(specifier) {
  return Object.keys(adapterOf).find((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function wrongClient(place, client) {
  if (place.startsWith(`node/${adapterOf[client]}/`)) return undefined;
  return `the client library "${client}" is known to its adapter node/${adapterOf[client]}/ only: declare the shape you need`;
}

function wrongPart(place, target) {
  const [from, to] = [partOf(place), partOf(target)];
  if (!(from in layers)) return `"${from}" is no part of the architecture: add it to scripts/tidy/import-direction.mjs`;
  if (from === to) return adaptersMeet(place, target);
  if (layers[from].includes(to)) return undefined;
  const allowed = layers[from].join(", ") || "nothing else";
  return `${from} imports ${target}, but may know only itself and ${allowed}: pass it in, or move the code`;
}

function adaptersMeet(place, target) {
  const [from, to] = [adapterFolder(place), adapterFolder(target)];
  if (from === undefined || to === undefined || from === to) return undefined;
  return `adapters never import each other: put what ${from} and ${to} share into node/`;
}

const partOf = (path) => path.split("/")[0];
const adapterFolder = (path) => /^node\/([^/]+)\//.exec(path)?.[1];
