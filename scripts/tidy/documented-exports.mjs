/** What a package exports is explained where it is declared. */
import { docCommentBefore } from "./doc-comment.mjs";
import { resolve } from "./source.mjs";

const entries = [
  "packages/redlock/src/index.ts",
  "packages/redlock/src/node/index.ts",
  "packages/redlock/src/compat/index.ts",
  "packages/testing/src/index.ts",
  "packages/nestjs/src/index.ts",
  "packages/fastify/src/index.ts",
];

export function documentedExports(project) {
  const findings = new Map();
  for (const entry of entries) {
    for (const { source, statement, name } of exportedBy(project, entry)) {
      if (docCommentBefore(source, statement.start)) continue;
      findings.set(`${source.path} ${name}`, {
        path: source.path,
        line: source.lineAt(statement.start),
        rule: "documented-exports",
        message: `"${name}" is public and has no doc comment: say what its signature cannot`,
      });
    }
  }
  return [...findings.values()];
}

/** Every declaration that a file exports, through however many re-exports, as `{ source, statement, name }`. */
export function* exportedBy(project, path, wanted, seen = new Set()) {
  const source = project.get(path);
  if (!source || seen.has(`${path} ${wanted}`)) return;
  seen.add(`${path} ${wanted}`);
  for (const { moduleRequest, importName, exportName, localName } of source.module.staticExports.flatMap(
    (s) => s.entries,
  )) {
    const name = exportName.name ?? "default";
    const star = exportName.kind === "None";
    if (wanted !== undefined && !star && name !== wanted) continue;
    if (!moduleRequest) {
      yield* declared(project, source, localName.name, name, seen);
    } else {
      const target = resolve(source, moduleRequest.value);
      if (target) yield* exportedBy(project, target, star ? wanted : (importName.name ?? undefined), seen);
    }
  }
}

/** The first declaration: overloads and a type beside a value of one name are explained together. */
function* declared(project, source, localName, name, seen) {
  for (const statement of source.program.body) {
    if (declaredNames(statement.declaration ?? statement).includes(localName)) {
      yield { source, statement, name };
      return;
    }
  }
  // `import { A } from "./a.ts"; export { A };`
  for (const { moduleRequest, entries: imported } of source.module.staticImports) {
    const entry = imported.find((each) => each.localName.value === localName);
    const target = entry && resolve(source, moduleRequest.value);
    if (target) yield* exportedBy(project, target, entry.importName.name, seen);
  }
}

function declaredNames(declaration) {
  if (declaration.type === "VariableDeclaration") return declaration.declarations.map(({ id }) => id.name);
  return declaration.id ? [declaration.id.name] : [];
}
