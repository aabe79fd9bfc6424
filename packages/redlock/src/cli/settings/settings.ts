/**
 * Where the nodes are, and how locks are taken on them: from the options, the environment and the configuration file,
 * whichever says it first.
 */
import { CliError, usageError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { RedlockOptions } from "../../options/options.ts";
import { defaultConfigPath, readConfigFile, type ConfigFile } from "./config-file.ts";
import { readDurationMs } from "./duration.ts";
import { readNodeUrl, secretsOf } from "./node-url.ts";

/** The ports of docker-compose.yml, for a first try. */
const defaultNodes = [6391, 6392, 6393, 6394, 6395].map((port) => `127.0.0.1:${port}`);

const defaultSource = "the default, the ports of docker-compose.yml";

/** Options that every command takes, as parseArgs wants them. */
export const commonOptions = {
  nodes: { type: "string", multiple: true },
  config: { type: "string" },
  "key-prefix": { type: "string" },
  "restart-guard": { type: "string" },
  "durable-nodes": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Of every command's help. */
export const nodeHelp = `\
  --nodes URL,...           the nodes; else --config FILE, REDLOCK_NODES,
                            redlock.config.json; else the ports that the file of
                            "redlock compose" has, 127.0.0.1:6391 to 6395`;

export interface CommonValues {
  readonly nodes?: string[] | undefined;
  readonly config?: string | undefined;
  readonly "key-prefix"?: string | undefined;
  readonly "restart-guard"?: string | undefined;
  readonly "durable-nodes"?: boolean | undefined;
}

export interface Settings {
  readonly urls: readonly string[];
  /** For people: who named the nodes. */
  readonly source: string;
  readonly keyPrefix: string;
  readonly restartGuardMs: number | undefined;
  readonly durableNodes: boolean;
  /** What the file says beyond that, for the commands that use it. */
  readonly file: ConfigFile;
  readonly secrets: readonly string[];
}

export function readSettings(values: CommonValues, env: NodeJS.ProcessEnv): Settings {
  const file = readConfigFile(values.config);
  const { urls, source } = findNodes(values, env, file);
  const guard = values["restart-guard"] ?? file?.restartGuard;
  return {
    urls,
    source,
    keyPrefix: values["key-prefix"] ?? file?.keyPrefix ?? "",
    restartGuardMs: guard === undefined ? undefined : readDurationMs("--restart-guard", guard),
    durableNodes: values["durable-nodes"] ?? file?.durableNodes ?? false,
    file: file ?? {},
    secrets: urls.flatMap(secretsOf),
  };
}

/** What these settings mean for a `Redlock`. */
export function redlockOptions(settings: Settings): RedlockOptions {
  const { keyPrefix, durableNodes, restartGuardMs } = settings;
  return { keyPrefix, durableNodes, restartGuardMs, name: "redlock-cli" };
}

function findNodes(
  values: CommonValues,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): Pick<Settings, "urls" | "source"> {
  const fromEnv = env["REDLOCK_NODES"];
  const fileNodes = file?.nodes === undefined ? [] : file.nodes;
  const fileName = values.config ?? defaultConfigPath;
  if (values.nodes !== undefined) return readList(values.nodes.flatMap(split), "--nodes", exitCodes.usage);
  if (values.config !== undefined && fileNodes.length > 0)
    return readList(fileNodes, fileName, exitCodes.configuration);
  if (fromEnv !== undefined && fromEnv !== "") return readList(split(fromEnv), "REDLOCK_NODES", exitCodes.usage);
  if (fileNodes.length > 0) return readList(fileNodes, fileName, exitCodes.configuration);
  return readList(defaultNodes, defaultSource, exitCodes.usage);
}

/** Told to users who named no nodes, so that they know which are used; `undefined` where nodes were named. */
export function hintAtNodes({ source }: Pick<Settings, "source">): string | undefined {
  if (source !== defaultSource) return undefined;
  return (
    "no nodes were named, so these are docker-compose.yml's, 127.0.0.1:6391 to 6395; name yours by --nodes, " +
    "REDLOCK_NODES or redlock.config.json."
  );
}

function readList(nodes: readonly string[], source: string, exitCode: number): Pick<Settings, "urls" | "source"> {
  if (nodes.length === 0) throw new CliError(`${source} names no node.`, exitCode);
  if (nodes.length > 31) throw usageError(`${source} names ${nodes.length} nodes; 31 is the most.`);
  return { urls: nodes.map((node, index) => readNodeUrl(node, `Entry ${index + 1} of ${source}`, exitCode)), source };
}

function split(list: string): string[] {
  return list.split(/[\s,]+/).filter((node) => node !== "");
}
