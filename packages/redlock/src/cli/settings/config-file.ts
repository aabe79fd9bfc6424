/** `redlock.config.json`: what would otherwise be said on every command line. */
import { readFileSync } from "node:fs";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

export const defaultConfigPath = "redlock.config.json";

/** Durations are written as on the command line. */
export interface ConfigFile {
  readonly nodes?: readonly string[];
  readonly keyPrefix?: string;
  readonly ttl?: string;
  readonly wait?: string;
  readonly grace?: string;
  readonly restartGuard?: string;
  readonly durableNodes?: boolean;
}

const checks: Readonly<Record<keyof ConfigFile, (setting: unknown) => boolean>> = {
  nodes: (setting) => Array.isArray(setting) && setting.every((node) => typeof node === "string"),
  keyPrefix: isString,
  ttl: isString,
  wait: isString,
  grace: isString,
  restartGuard: isString,
  durableNodes: (setting) => typeof setting === "boolean",
};

/** `undefined` when there is none and none was asked for by `path`. */
export function readConfigFile(path: string | undefined): ConfigFile | undefined {
  const file = path ?? defaultConfigPath;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (path === undefined && code === "ENOENT") return undefined;
    throw configError(file, `cannot be read (${code ?? String(error)})`);
  }
  return checkConfig(file, parse(file, text));
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text, which may hold a password.
    throw configError(file, "is no JSON");
  }
}

function checkConfig(file: string, config: unknown): ConfigFile {
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw configError(file, "is no JSON object");
  for (const [name, setting] of Object.entries(config)) {
    if (!Object.hasOwn(checks, name)) {
      throw configError(
        file,
        `has an unknown key ${JSON.stringify(name)}; known are ${Object.keys(checks).join(", ")}`,
      );
    }
    if (!checks[name as keyof ConfigFile](setting)) throw configError(file, `has a ${name} of the wrong type`);
  }
  return config;
}

function isString(setting: unknown): boolean {
  return typeof setting === "string";
}

function configError(file: string, what: string): CliError {
  return new CliError(`${file} ${what}.`, exitCodes.configuration);
}
