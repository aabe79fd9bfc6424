/** No dead files: every source file is reached from an entry of its package, or from a test. */
import { resolve } from "./source.mjs";

/** `entries` are the paths that package.json files name, as sources. */
export function reachable(project, entries) {
  const reached = new Set();
  const queue = [...entries, ...[...project.values()].filter(({ isTest }) => isTest).map(({ path }) => path)];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = project.get(path);
    if (!source || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier } of source.imports) {
      const target = resolve(source, specifier);
      if (target) queue.push(target);
    }
  }
  return [...project.values()]
    .filter(({ path }) => !reached.has(path) && /^packages\/[^/]+\/src\//.test(path))
    .map(({ path }) => ({
      path,
      line: 1,
      rule: "reachable",
      message: "nothing that runs imports this file: use it or delete it",
    }));
}

/** The sources behind what a package.json exports, installs as commands, and runs in its scripts. */
export function entriesOf(packageFolder, { exports = {}, bin = {}, scripts = {} }) {
  // What `import` gets names the exports of the CommonJS files, which are made of the same sources.
  const targets = [bin, exports].flatMap(leaves).filter((path) => /^\.\/dist\/(?!esm\/)/.test(path));
  const scripted = leaves(scripts).flatMap((command) => command.match(/(?<=node )dist\/\S+\.js/g) ?? []);
  return [...targets, ...scripted.map((path) => `./${path}`)].map((path) =>
    path.replace(/^\.\/dist\/(?:bin\/|cjs\/)?/, `${packageFolder}/src/`).replace(/(\.d)?\.[jt]s$/, ".ts"),
  );
}

function leaves(value) {
  return typeof value === "string" ? [value] : Object.values(value).flatMap(leaves);
}
