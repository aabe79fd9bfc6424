/** An option (an optional member in options.ts) says its unit in its name, and all else in its doc comment. */
import { docCommentBefore } from "./doc-comment.mjs";

const home = "packages/redlock/src/options/options.ts";
const unitInName = /(?:Ms|Count|Bytes|Factor)$/;
/** They are named by what is counted. */
const COUNTED = new Set(["permits", "weight"]);

export function options(project) {
  const source = project.get(home);
  if (!source) return [];
  const findings = [];
  const add = (start, message) => findings.push({ path: home, line: source.lineAt(start), rule: "options", message });
  for (const statement of source.program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : undefined;
    if (declaration?.type !== "TSInterfaceDeclaration") continue;
    for (const member of declaration.body.body) {
      if (member.type !== "TSPropertySignature") continue;
      const name = member.key.name;
      if (holdsNumber(member.typeAnnotation) && !unitInName.test(name) && !COUNTED.has(name))
        add(member.start, `the number "${name}" has no unit: end its name with Ms, Count, Bytes or Factor`);
      if (member.optional && !docCommentBefore(source, member.start))
        add(member.start, `the option "${name}" has no doc comment: say its unit, its @default and what goes wrong`);
    }
  }
  return findings;
}

function holdsNumber(typeAnnotation) {
  const { typeAnnotation: type } = typeAnnotation ?? {};
  return (type?.type === "TSUnionType" ? type.types : [type]).some((each) => each?.type === "TSNumberKeyword");
}
