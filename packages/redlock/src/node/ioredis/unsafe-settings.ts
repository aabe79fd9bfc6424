/** Settings of a client that a user brought which make a quorum lock slower or leave keys behind. */
import { type IoredisClient, optionsOf } from "./client.ts";

/** One message that names every unsafe setting and the remedy; `undefined` when all is well. */
export function unsafeSettings(client: IoredisClient, name: string): string | undefined {
  const options = optionsOf(client);
  const unsafe: string[] = [];
  if (options.autoResendUnfulfilledCommands !== false) {
    unsafe.push("autoResendUnfulfilledCommands is on (a reconnect repeats old commands on a node that may be empty)");
  } else if (options.maxRetriesPerRequest !== 0) {
    unsafe.push("maxRetriesPerRequest is not 0 (ioredis 6 then forgets commands that were under way)");
  }
  if (options.socketTimeout === undefined) {
    unsafe.push("socketTimeout is not set (a connection that went dead is noticed only after minutes)");
  }
  const isReconnecting = client.isCluster ? options.clusterRetryStrategy : options.retryStrategy;
  if (typeof isReconnecting !== "function") {
    unsafe.push(`${client.isCluster ? "clusterRetryStrategy" : "retryStrategy"} is off (a lost node never comes back)`);
  }
  if (unsafe.length === 0) return undefined;
  return (
    `${name}: locks stay safe, but this ioredis client is not set up for them: ${unsafe.join("; ")}. ` +
    "Make it with { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, socketTimeout: 3000 } and ioredis's " +
    "own retryStrategy, or let Redlock.connect([urls]) make the clients."
  );
}

/** What INFO memory says about a node that may evict lock keys before their TTL; `undefined` when it may not. */
export function evictionWarning(infoMemory: string, name: string): string | undefined {
  const limit = /^maxmemory:(\d+)/m.exec(infoMemory)?.[1];
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(infoMemory)?.[1];
  if (limit === undefined || limit === "0" || policy === undefined || policy === "noeviction") return undefined;
  return (
    `${name} may evict lock keys before their TTL: maxmemory is ${limit} with maxmemory-policy ${policy}. ` +
    "Set maxmemory-policy noeviction on nodes that hold locks."
  );
}
