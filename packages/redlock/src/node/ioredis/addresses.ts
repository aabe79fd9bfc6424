/**
 * Addresses of masters, looked at before any client is made: ioredis takes what it does not understand for a host or a
 * path, and tries for ever. No message shows an address, which may hold a password; only its place in the list.
 */
import type { NodeAddress } from "./connect.ts";

/** Throws `TypeError` for what is no address, `RangeError` where two are the same. */
export function checkAddresses(addresses: readonly NodeAddress[]): void {
  const places = new Map<string, number>();
  addresses.forEach((address, index) => {
    const place = typeof address === "string" ? placeOfUrl(address, index) : placeOfOptions(address, index);
    if (place === undefined) return;
    const twin = places.get(place);
    if (twin !== undefined) {
      throw new RangeError(
        `Redlock.connect: addresses[${twin}] and addresses[${index}] are the same server, ${place}. A quorum needs ` +
          `masters that fail separately: name each of them once.`,
      );
    }
    places.set(place, index);
  });
}

/** host:port or the socket's path, with the database where it is not 0. */
function placeOfUrl(text: string, index: number): string {
  // A socket's path, and a port of this machine.
  if (/^\/(?!\/)/.test(text)) return text.replace(/\?.*$/, "");
  if (/^\d+$/.test(text)) {
    checkPort(text, index);
    return nameOf("localhost", text, "");
  }
  const protocol = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(text)?.[0].toLowerCase();
  if (protocol !== undefined && protocol !== "redis:" && protocol !== "rediss:") {
    throw notAnAddress(index, `is no address of a Redis server: its protocol is ${protocol}//`);
  }
  const url = protocol === undefined ? `redis://${text.replace(/^\/\//, "")}` : text;
  if (!URL.canParse(url)) throw notAnAddress(index, "is no URL");
  const { hostname, port, pathname, username, password } = new URL(url);
  if (hostname === "") throw notAnAddress(index, "names no host");
  if (!isDecodable(username) || !isDecodable(password)) {
    throw notAnAddress(index, "has a % in its user name or password that is no percent-encoding (a % is written %25)");
  }
  checkDatabase(pathname.slice(1), index);
  return nameOf(hostname, port, pathname.slice(1));
}

/** ioredis decodes these, and would throw in the middle of the list, with the clients before it connected. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function checkDatabase(database: string, index: number): void {
  if (!/^\d*$/.test(database)) throw notAnAddress(index, "names a database that is no whole number");
}

function checkPort(port: string, index: number): void {
  if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return;
  throw notAnAddress(index, "has a port that is no whole number from 1 to 65535");
}

interface IoredisAddress {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | undefined;
  readonly db?: number | string;
  readonly sentinels?: unknown;
}

/** `undefined` where only a sentinel knows. */
function placeOfOptions(options: object, index: number): string | undefined {
  if (typeof options !== "object" || options === null) {
    throw notAnAddress(index, `is neither a URL nor ioredis options but ${String(options)}`);
  }
  const { host = "localhost", port = 6379, path, db = 0, sentinels }: IoredisAddress = options;
  checkDatabase(`${db}`, index);
  if (sentinels !== undefined) return undefined;
  if (typeof (path ?? host) !== "string") throw notAnAddress(index, "has a host or path that is no text");
  if (path !== undefined) return path;
  checkPort(`${port}`, index);
  return nameOf(host, `${port}`, `${db}`);
}

function nameOf(host: string, port: string, database: string): string {
  const suffix = /^0*$/.test(database) ? "" : `/${database}`;
  return `${host.toLowerCase()}:${port === "" ? "6379" : port}${suffix}`;
}

function notAnAddress(index: number, why: string): TypeError {
  return new TypeError(
    `Redlock.connect: addresses[${index}] ${why}. Write redis://host:port, rediss://host:port for TLS (for Valkey ` +
      `too), host:port, a socket's path, or ioredis options.`,
  );
}
