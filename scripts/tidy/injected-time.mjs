/** Time and randomness come in as arguments: no clock, timer or random source outside runtime/. */
import { walk } from "./source.mjs";

const guarded = ["packages/redlock/src/", "packages/testing/src/sim/"];
const exempt = ["packages/redlock/src/runtime/"];
const timersAllowed = [
  // A command line waits and retries on its own account.
  "packages/redlock/src/cli/",
  // The one place that gives the real event loop a turn, so that promises settle between two virtual moments.
  "packages/testing/src/sim/scheduler.ts",
];

const timers = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]);
const members = {
  Date: ["now"],
  performance: ["now", "timeOrigin"],
  process: ["hrtime", "uptime", "nextTick"],
  os: ["uptime"],
  Math: ["random"],
  AbortSignal: ["timeout"],
  crypto: ["randomUUID", "getRandomValues", "randomBytes", "randomInt", "webcrypto"],
};
const globals = new Set(["globalThis", "global"]);
const modules = {
  nanoid: () => true,
  timers: () => true,
  "timers/promises": () => true,
  perf_hooks: () => true,
  crypto: (name) => /^(random|getRandom|webcrypto)/.test(name),
  os: (name) => name === "uptime",
};

export function injectedTime(project) {
  const findings = [];
  for (const source of project.values()) {
    if (!startsWithAny(source.path, guarded) || startsWithAny(source.path, exempt) || source.isTest) continue;
    const timersToo = !startsWithAny(source.path, timersAllowed);
    const add = (start, what) =>
      findings.push({
        path: source.path,
        line: source.lineAt(start),
        rule: "injected-time",
        message: `${what} outside runtime/: take it from the Runtime that is passed in`,
      });
    for (const entry of importedNames(source))
      if (timersToo || !/timers/.test(entry.what)) add(entry.start, entry.what);
    walk(source.program, (node, parent) => {
      const what = use(node, parent, timersToo);
      if (what) add(node.start, what);
    });
  }
  return findings;
}

function importedNames(source) {
  return source.module.staticImports.flatMap(({ moduleRequest, entries }) => {
    const module = moduleRequest.value.replace(/^node:/, "");
    if (!Object.hasOwn(modules, module)) return [];
    return entries
      .filter(({ importName, isType }) => !isType && importName.kind === "Name" && modules[module](importName.name))
      .map(({ importName, localName }) => ({ start: localName.start, what: `${importName.name} of "${module}"` }));
  });
}

function use(node, parent, timersToo) {
  if (node.type === "MemberExpression") return memberUse(node, timersToo);
  if (node.type === "NewExpression" && node.callee.name === "Date" && node.arguments.length === 0) return "new Date()";
  if (node.type === "CallExpression" && node.callee.name === "Date") return "Date()";
  const timer = timersToo && node.type === "Identifier" && timers.has(node.name) && !namesOnly(node, parent);
  return timer ? node.name : undefined;
}

function memberUse({ object, property, computed }, timersToo) {
  const name = computed ? property.value : property.name;
  if (globals.has(object.name)) return timersToo && timers.has(name) ? name : undefined;
  // globalThis.performance.now() is performance.now().
  const owner = object.type === "MemberExpression" && globals.has(object.object.name) ? object.property : object;
  if (!Object.hasOwn(members, owner.name ?? "") || !members[owner.name].includes(name)) return undefined;
  return owner.name === "process" && name === "nextTick" && !timersToo ? undefined : `${owner.name}.${name}`;
}

/** `runtime.setTimeout` and `{ setTimeout: ... }` only name something: not the global. */
function namesOnly(node, parent) {
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent.key === node && !parent.computed && !parent.shorthand;
}

const startsWithAny = (path, prefixes) => prefixes.some((prefix) => path.startsWith(prefix));
