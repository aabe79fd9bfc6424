/** Colour, where there is any. */
import { styleText } from "node:util";

export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "blue";
export type Paint = (colour: Colour, text: string) => string;

/** Newer Nodes would look at their own standard output, and not at the stream that is written to. */
const always = { validateStream: false } as const;

export function painter(hasColour: boolean): Paint {
  if (!hasColour) return (_colour, text) => text;
  const style = styleText as (format: string, text: string, options: typeof always) => string;
  return (colour, text) => style(colour, text, always);
}
