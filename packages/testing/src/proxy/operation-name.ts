/** What a chunk of bytes to a Redis server is about, as far as can be told without reading the whole stream. */

const commandStart = /^\*\d+\r\n\$\d+\r\n([A-Za-z.]+)\r\n/;
const longestStart = 64;

/** The first command's name in lower case; `undefined` when the chunk does not begin with a command. */
export function operationName(chunk: Buffer): string | undefined {
  return commandStart.exec(chunk.toString("latin1", 0, longestStart))?.[1]?.toLowerCase();
}
