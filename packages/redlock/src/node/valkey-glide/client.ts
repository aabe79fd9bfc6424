/**
 * What is needed of a valkey-glide client (`GlideClient` of `@valkey/valkey-glide` 2), by shape. Nothing is imported from
 * it, so that the versions of the user and of this package never meet.
 */

export interface GlideLikeClient {
  customCommand(command: string[], options?: object): Promise<unknown>;
  close(errorMessage?: string): void;
}

interface GlideConfiguration {
  readonly addresses?: readonly { readonly host?: string; readonly port?: number }[];
  readonly databaseId?: number;
}

/** One server's client: not one for a cluster, which splits nothing by slot for us. */
export function isGlideClient(value: unknown): value is GlideLikeClient {
  if (typeof value !== "object" || value === null) return false;
  const { customCommand, invokeScript, close, ssubscribe } = value as Partial<Record<string, unknown>>;
  const isGlide = typeof customCommand === "function" && typeof invokeScript === "function";
  return isGlide && typeof close === "function" && ssubscribe === undefined;
}

/** host:port, with the database when it is not 0; the client keeps its configuration to itself, so this may be less. */
export function nameOf(client: GlideLikeClient): string {
  const { addresses, databaseId = 0 } = (client as unknown as { config?: GlideConfiguration }).config ?? {};
  const first = addresses?.[0];
  if (first === undefined) return "a valkey-glide client";
  return `${first.host ?? "localhost"}:${first.port ?? 6379}${databaseId === 0 ? "" : `/${databaseId}`}`;
}
