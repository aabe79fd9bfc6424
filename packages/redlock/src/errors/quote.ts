/** Commands that are offered to people, who paste them into a shell. */

/** What a terminal obeys, or shows in another place than it stands: control characters, and those that turn the direction. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** Text as one word of a POSIX shell, so that a command that is offered does nothing else when it is pasted. */
export function quote(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (UNSEEN.test(text)) return printed(text);
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A word that no option parser takes for an option; the last of its command. */
export function quoteOperand(text: string): string {
  return text.startsWith("-") ? `-- ${quote(text)}` : quote(text);
}

/**
 * In one line and seen as it is, as bytes for printf. A shell takes line ends at the end of what was printed away, so
 * these stand in the command themselves; nothing of the text can follow them.
 */
function printed(text: string): string {
  const [, body = "", lineEnds = ""] = /^(.*?)(\n*)$/s.exec(text) ?? [];
  const bytes = [...new TextEncoder().encode(body)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w@+=:,./ -]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"$(printf -- '${bytes.join("")}')"${lineEnds === "" ? "" : `'${lineEnds}'`}`;
}

/** For a message. */
export function listNames(resources: readonly string[]): string {
  return resources.map((resource) => JSON.stringify(resource)).join(", ");
}
