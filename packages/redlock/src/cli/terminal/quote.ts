/** Text as one word of a POSIX shell, so that a command that is offered does nothing else when it is pasted. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
