/** What the command line of the demo can say. */
import { parseArgs } from "node:util";

export interface Settings {
  /** About how long the demo runs, in seconds. */
  readonly seconds: number;
  readonly ttlMs: number;
  readonly workerCount: number;
  /** Off: a node that restarted empty votes at once. */
  readonly guard: boolean;
  /** Off: the store takes every write, however old its fencing token is. */
  readonly fencingCheck: boolean;
}

export const usage = `npm run demo -- [options]

  --seconds <n>         about how long it runs (default 30)
  --ttl <ms>            TTL of the lock, 500 to 5000 (default 1500)
  --workers <n>         worker processes, 3 to 16 (default 4)
  --no-guard            break it: nodes that restarted empty vote at once
  --no-fencing-check    break it: the store takes writes with old fencing tokens
  --help`;

const options = {
  seconds: { type: "string", default: "30" },
  ttl: { type: "string", default: "1500" },
  workers: { type: "string", default: "4" },
  "no-guard": { type: "boolean", default: false },
  "no-fencing-check": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** `undefined` when help was asked for. Throws `Error` with a message for people. */
export function readSettings(args: readonly string[]): Settings | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    seconds: readNumber("--seconds", values.seconds, 1, 600),
    ttlMs: readNumber("--ttl", values.ttl, 500, 5_000),
    workerCount: readNumber("--workers", values.workers, 3, 16),
    guard: !values["no-guard"],
    fencingCheck: !values["no-fencing-check"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}. What there is:\n\n${usage}`, { cause: error });
  }
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be an integer from ${min} to ${max}, got "${text}".`);
}
