/** Files live in folders that say what they are about. (How long they may be is the lint rule max-lines.) */
const sayNothing = new Set(["utils", "util", "helpers", "helper", "types", "constants", "common", "misc"]);

export function fileShape(project) {
  return [...project.keys()].flatMap((path) => {
    const vague = path.split("/").find((part) => sayNothing.has(part.replace(/\.\w+$/, "")));
    if (!vague) return [];
    const message = `"${vague}" says nothing about what is inside: name it after its subject`;
    return [{ path, line: 1, rule: "file-shape", message }];
  });
}
