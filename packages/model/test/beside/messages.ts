/** What a node is asked, of those who hold together, and what can be seen of it afterwards. */
import fc from "fast-check";
import type { Mode } from "../../src/protocol/beside-layout.ts";

export const modes: readonly Mode[] = ["shared", "shared", "exclusive", "permits", "permits", "permits"];
export const rounds = 2;
export const permits = 2;
export const node = 0;
export const hourMs = 3_600_000;
export const key = "r";
export const startMs = 1_700_000_000_000;
export const startUs = startMs * 1_000;

export interface Message {
  readonly kind: "ask" | "extend" | "heal" | "finish" | "holdEnds" | "expire" | "forget";
  readonly token: number;
  readonly round: number;
  readonly start: number;
  /** Whether it is sent behind `share()`, by who held it alone. */
  readonly isShared: boolean;
  readonly buries: boolean;
}

/** What the node has kept, and what it answered. */
export interface Seen {
  readonly answer: string;
  readonly key: string;
  readonly fence: number;
  readonly buried: number;
  readonly holders: readonly number[];
  readonly tokensBuried: readonly number[];
  readonly numbers: readonly string[];
  readonly waiting: readonly number[];
}

const kinds = Array.from("aaaaaaeehffoolx").map(
  (letter) => ({ a: "ask", e: "extend", h: "heal", f: "finish", o: "holdEnds", l: "expire", x: "forget" })[letter]!,
) as Message["kind"][];
export const messages = fc.array(
  fc.record<Message>({
    kind: fc.constantFrom(...kinds),
    token: fc.nat(modes.length - 1),
    round: fc.nat(rounds - 1),
    start: fc.nat(permits - 1),
    isShared: fc.boolean(),
    buries: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);
export const fences = fc.array(
  fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: rounds, maxLength: rounds })
    .map((drawn) => drawn.toSorted((one, other) => one - other)),
  { minLength: modes.length, maxLength: modes.length },
);
export const all = modes.map((_, token) => token);
export const isBeside = ({ token, isShared }: Message): boolean => modes[token] !== "exclusive" || isShared;
/** Which number a token has won, where it has any. */
export const wonBy = (token: number): number => token % permits;
