/** One word for one thing: in what packages export, and in the titles of tests. */
import { exportedBy } from "./documented-exports.mjs";
import { walk } from "./source.mjs";

/** Word of another field to the word of ours. */
const notOurs = {
  instance: "node",
  instances: "nodes",
  lease: "lock, or validity",
  expiry: "TTL, or validity",
  identifier: "token",
  util: "its subject",
  utils: "its subject",
  helper: "its subject",
  helpers: "its subject",
};

export function words(project) {
  const findings = [];
  for (const source of project.values()) {
    if (source.isTest) findings.push(...wishes(source));
    else if (source.path.startsWith("packages/redlock/src/")) findings.push(...foreignWords(project, source));
  }
  return findings;
}

function* foreignWords(project, source) {
  for (const { source: home, statement, name } of exportedBy(project, source.path)) {
    // Inside core/, safety is proved about lease bounds.
    if (home !== source || source.path.startsWith("packages/redlock/src/core/")) continue;
    const word = name.split(/(?=[A-Z])|_/).find((part) => Object.hasOwn(notOurs, part.toLowerCase()));
    if (word === undefined) continue;
    const message = `"${name}" says "${word}": the word here is ${notOurs[word.toLowerCase()]}`;
    yield { path: source.path, line: source.lineAt(statement.start), rule: "words", message };
  }
}

/** "should do X" is a wish; "does X" is a fact. */
function wishes(source) {
  const findings = [];
  walk(source.program, (node) => {
    if (node.type !== "CallExpression" || !isTestCall(node.callee)) return;
    const [title] = node.arguments;
    const text = title?.type === "TemplateLiteral" ? title.quasis[0].value.raw : title?.value;
    if (typeof text !== "string" || !/\bshould\b/i.test(text)) return;
    const message = `the title "${text}" is a wish: state the fact, as "a 2-2 tie of four nodes is lost"`;
    findings.push({ path: source.path, line: source.lineAt(node.start), rule: "words", message });
  });
  return findings;
}

/** test(...), it(...), describe(...), test.each(...)(...), test.skipIf(...)(...) */
function isTestCall(callee) {
  if (callee.type === "MemberExpression") return isTestCall(callee.object);
  if (callee.type === "CallExpression") return isTestCall(callee.callee);
  return ["test", "it", "describe"].includes(callee.name);
}
