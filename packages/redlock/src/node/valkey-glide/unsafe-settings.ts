/** Settings of a valkey-glide client which make a quorum lock fail where it need not. */
import type { GlideLikeClient } from "./client.ts";

interface Settings {
  readonly requestTimeout?: number;
  readonly inflightRequestsLimit?: number;
}

/** glide's own default, in milliseconds. */
const DEFAULT_REQUEST_TIMEOUT_MS = 250;
/** What a round waits for a node at most, unless `nodeTimeoutMs` says otherwise. */
const ROUND_MS = 1_000;
/** More calls are not under way on one node. */
const LEAST_IN_FLIGHT = 16;

/** One message that names every unsafe setting and the remedy; `undefined` when all is well, or cannot be known. */
export function unsafeSettings(client: GlideLikeClient, name: string): string | undefined {
  const { config } = client as unknown as { readonly config?: Settings };
  if (config === undefined) return undefined;
  const { requestTimeout = DEFAULT_REQUEST_TIMEOUT_MS, inflightRequestsLimit = Infinity } = config;
  const unsafe: string[] = [];
  if (requestTimeout < ROUND_MS) {
    unsafe.push(
      `requestTimeout is ${requestTimeout} (a node that answers later than that counts as silent, though rounds wait for up ` +
        `to ${ROUND_MS} ms)`,
    );
  }
  if (inflightRequestsLimit < LEAST_IN_FLIGHT) {
    unsafe.push(`inflightRequestsLimit is ${inflightRequestsLimit} (what is more is refused, releases too)`);
  }
  if (unsafe.length === 0) return undefined;
  return (
    `${name}: locks stay safe, but this valkey-glide client is not set up for them: ${unsafe.join("; ")}. Make it with ` +
    "GlideClient.createClient({ addresses, requestTimeout: 1_000 })."
  );
}
