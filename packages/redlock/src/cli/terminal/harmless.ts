/**
 * What others wrote, in a name, a token, a label or a server's error, as text that does nothing to the terminal it is
 * printed on, and that begins no line of its own: it could be taken for one of ours.
 */

/** What may be a colour of paint.ts; or a control character, or one that turns the direction of writing. */
const CONTROL = /(\p{Cc}\[(?:0|1|2|22|31|32|33|34|39)m)|[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** Of control characters only line ends, tabs and our own colours are left; the rest is written out. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (found: string, colour: string | undefined) => {
    if (colour?.startsWith("\u001B") === true || "\n\t".includes(found[0]!)) return found;
    return writtenOut(found);
  });
}

/** In one line and without colour: for all that is laid out, or stands in a sentence. */
export function inOneLine(text: string): string {
  return text.replace(CONTROL, writtenOut);
}

function writtenOut(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}${found.slice(1)}`;
}
