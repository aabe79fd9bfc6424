/** Colour, where there is any. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;

export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export function painter(hasColour: boolean): Paint {
  if (!hasColour) return (_colour, text) => text;
  return (colour, text) => `\u001B[${codes[colour]}m${text}\u001B[0m`;
}
