/**
 * What a client library rejects with, read by its words. Not by its class: a minifier renames classes, several copies of
 * a library have one each, and under jest Node's own errors are of another realm's `Error`.
 */

/** A server's error reply begins with a code in capitals; a client's own errors are sentences. */
const errorReply = /^[A-Z][A-Z0-9_]+(?: |$)/;

/** The server's words where `error` is its reply; `undefined` where the client or the system says that there was none. */
export function errorReplyOf(error: Error): string | undefined {
  // The system and OpenSSL write in capitals too, and give their errors a code.
  if (typeof (error as { readonly code?: unknown }).code === "string") return undefined;
  return errorReply.test(error.message) ? error.message : undefined;
}

/**
 * A client that gave up connecting says so in these words; the system, whose way to the host fails, adds an address. With TLS
 * the server may be there, and have none. `tls`: the client's setting.
 */
export function withTls(detail: string, tls: unknown): string {
  const isGivenUp = detail === "connect ETIMEDOUT" || detail === "Connection timeout";
  return isGivenUp && tls !== undefined && tls !== false ? `${detail} (TLS)` : detail;
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(String(thrown));
}

export function isError(value: unknown): value is Error {
  return typeof value === "object" && value !== null && typeof (value as Partial<Error>).message === "string";
}
