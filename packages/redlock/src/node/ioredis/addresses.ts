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
  if (/^\d+$/.test(text)) return nameOf("localhost", text, "");
  const protocol = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(text)?.[0].toLowerCase();
  if (protocol !== undefined && protocol !== "redis:" && protocol !== "rediss:") {
    throw notAnAddress(index, `is no address of a Redis server: its protocol is ${protocol}//`);
  }
  const url = protocol === undefined ? `redis://${text.replace(/^\/\//, "")}` : text;
  if (!URL.canParse(url)) throw notAnAddress(index, "is no URL");
  const { hostname, port, pathname } = new URL(url);
  if (hostname === "") throw notAnAddress(index, "names no host");
  return nameOf(hostname, port, pathname.slice(1));
}

interface IoredisAddress {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string;
  readonly db?: number | string;
  readonly sentinels?: unknown;
}

/** `undefined` where only a sentinel knows. */
function placeOfOptions(options: object, index: number): string | undefined {
  if (typeof options !== "object" || options === null) {
    throw notAnAddress(index, `is neither a URL nor ioredis options but ${String(options)}`);
  }
  const { host = "localhost", port = 6379, path, db = 0, sentinels }: IoredisAddress = options;
  return sentinels === undefined ? (path ?? nameOf(host, `${port}`, `${db}`)) : undefined;
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
