/** The command line of `redlock release`. */
import { parseArgs } from "node:util";
import { usageError } from "../cli-error.ts";
import { commonOptions, nodeHelp, readSettings, type Settings } from "../settings/settings.ts";

export interface ReleaseOptions {
  readonly settings: Settings;
  readonly resource: string;
  /** `undefined`: the lock of any holder (`--force`). */
  readonly token: string | undefined;
  /** Do not ask. */
  readonly yes: boolean;
}

export const releaseHelp: string = `redlock release [options] RESOURCE (--token TOKEN | --force)

Ends a lock that its holder did not release.

  --token TOKEN             whose lock it is; nobody else's is touched
  --force                   whoever holds it, also all readers or permits: shows
                            who that is, and asks
  --yes                     with --force, do not ask
${nodeHelp}
  --key-prefix TEXT         put before RESOURCE to make its lock key

A holder that is still at work learns of it at its next extension, up to a third
of its TTL later, and somebody else may hold the lock by then: end the holder
first, or rely on fencing tokens.

Exit code: 0 released, or free already; 75 held by another token; 69 too few
nodes answered; 1 not confirmed; 64 wrong usage.`;

const options = {
  ...commonOptions,
  token: { type: "string" },
  force: { type: "boolean" },
  yes: { type: "boolean" },
} as const;

/** `undefined`: the help was asked for. */
export function readReleaseOptions(args: readonly string[], env: NodeJS.ProcessEnv): ReleaseOptions | undefined {
  const { values, positionals } = parseArgs({ args: bindToken(args), allowPositionals: true, options });
  if (values.help === true) return undefined;
  const [resource] = positionals;
  if (resource === undefined || positionals.length > 1) throw usageError("release needs one RESOURCE.");
  if ((values.token === undefined) === (values.force !== true)) {
    throw usageError("release needs --token TOKEN, or --force for whoever holds it.");
  }
  return { settings: readSettings(values, env), resource, token: values.token, yes: values.yes ?? false };
}

/** One token in 64 begins with "-", which is no option then. */
function bindToken(args: readonly string[]): string[] {
  const at = args.indexOf("--token");
  const token = args[at + 1];
  if (at < 0 || token === undefined || !token.startsWith("-") || Object.hasOwn(options, token.slice(2))) {
    return [...args];
  }
  return [...args.slice(0, at), `--token=${token}`, ...args.slice(at + 2)];
}
