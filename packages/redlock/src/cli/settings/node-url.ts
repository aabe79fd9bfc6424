/** Addresses of nodes as people write them, and as they may be shown: never with a user name, password or query. */
import { CliError } from "../cli-error.ts";
import { quote } from "../../errors/quote.ts";

/** As ioredis takes it. The message of what is thrown names the entry by its place only: it may hold a password. */
export function readNodeUrl(text: string, place: string, exitCode: number): string {
  const url = /^[a-z]+:\/\//i.test(text) ? text : `redis://${text}`;
  const isRedis = /^rediss?:\/\//i.test(url);
  if (isRedis && URL.canParse(url) && new URL(url).hostname !== "") return url;
  throw new CliError(
    `${place} is no node address; write redis://host:port, rediss://host:port or host:port.`,
    exitCode,
  );
}

/** "host:port", with the database where it is not 0. */
export function nodeName(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  const database = /^\/0*$|^$/.test(pathname) ? "" : pathname;
  return `${hostname}:${port === "" ? "6379" : port}${database}`;
}

/** As `--nodes` takes it, without user and password. */
export function nodeAddress(url: string): string {
  return `${new URL(url).protocol === "rediss:" ? "rediss://" : ""}${nodeName(url)}`;
}

/** How redis-cli reaches it. Without a user and a password: it takes a password from REDISCLI_AUTH. */
export function redisCliArguments(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return `${protocol === "rediss:" ? "--tls " : ""}-h ${quote(host)} -p ${port === "" ? "6379" : port}`;
}

/** Who logs in by it. */
export function userOf(url: string): string {
  const { username } = new URL(url);
  return username === "" ? "default" : decode(username);
}

/** What must never be printed, as written in the address and decoded. */
export function secretsOf(url: string): string[] {
  const { password, searchParams } = new URL(url);
  const secrets = [password, decode(password), searchParams.get("password") ?? ""];
  return secrets.filter((secret) => secret !== "");
}

/** The address with a name for the connection, by which doctor finds who holds a lock. */
export function withConnectionName(url: string, name: string): string {
  const named = new URL(url);
  named.searchParams.set("connectionName", name);
  return named.href;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
