/** The table of options in docs/using.md: of each the name, the default and the first sentence of its doc comment. */
import { docCommentBefore } from "./tidy/doc-comment.mjs";

const interfaces = ["AcquireOptions", "RedlockOptions"];
const marks = ["<!-- options: written by npm run reference -->", "<!-- end of options -->"];

/** The page's text with the table put in place. `source`: options.ts, parsed. */
export function withOptionsTable(page, source) {
  const [before, rest] = page.split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (after === undefined) throw new Error("docs/using.md has lost the marks around its table of options");
  const [perCall, shared] = interfaces.map((name) => membersOf(source, name).map((member) => rowOf(source, member)));
  const head = ["| option | default | meaning |", "| --- | --- | --- |"];
  return [before + marks[0], "", ...head, ...perCall, "| — | | |", ...shared, "", marks[1] + after].join("\n");
}

function membersOf(source, name) {
  const declarations = source.program.body.map((statement) => statement.declaration);
  return declarations.find((each) => each?.type === "TSInterfaceDeclaration" && each.id.name === name).body.body;
}

function rowOf(source, member) {
  const text = docCommentBefore(source, member.start)
    .value.replace(/\n\s*\* ?/g, " ")
    .replace(/^\*\s*/, "");
  const [prose, byDefault = ""] = text.split("@default").map((part) => part.trim());
  const sentence = /^.*?[^0-9](?=\.(?:\s|$))/.exec(prose)[0].replace(", in milliseconds", "");
  return `| \`${member.key.name}\` | ${byDefault} | ${sentence[0].toLowerCase()}${sentence.slice(1)} |`;
}
