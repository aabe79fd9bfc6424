/** Files are short, and live in folders that say what they are about. */
const longest = 250;
const sayNothing = new Set(["utils", "util", "helpers", "helper", "types", "constants", "common", "misc"]);

export function fileShape(project) {
  const findings = [];
  for (const { path, text, isTest, isGenerated } of project.values()) {
    const add = (line, message) => findings.push({ path, line, rule: "file-shape", message });
    const vague = path.split("/").find((part) => sayNothing.has(part.replace(/\.\w+$/, "")));
    if (vague) add(1, `"${vague}" says nothing about what is inside: name it after its subject`);
    const lines = text.split("\n").length - 1;
    if (lines > longest && !isTest && !isGenerated)
      add(longest + 1, `${lines} lines, more than ${longest}: find the two subjects in it and part them`);
  }
  return findings;
}
