/** What is done to a server, or asked of it, by its own commands. */
import { isLifeRecord } from "@quorate/redlock/node";
import { isLockKey } from "../lock-key.ts";
import type { Reply } from "./resp.ts";
import { until } from "./until.ts";

export abstract class ServerCommands {
  /**
   * A raw command, as the default user, on a connection of the rig's own. Rejects with `ReplyError` when the server
   * answers with an error; also when it is down, or does not answer within 20 seconds.
   */
  abstract command(name: string, ...args: readonly (string | number)[]): Promise<Reply>;

  /** CONFIG SET. */
  async configure(directive: string, setting: string): Promise<void> {
    await this.command("CONFIG", "SET", directive, setting);
  }

  /** Forgets all data, and keeps run id and uptime. */
  async flushAll(): Promise<void> {
    await this.command("FLUSHALL");
  }

  /** Forgets the scripts: the next EVALSHA is answered NOSCRIPT. */
  async flushScripts(): Promise<void> {
    await this.command("SCRIPT", "FLUSH", "SYNC");
  }

  /** From now on refuses with OOM whatever needs memory; DEL and PEXPIRE still work. */
  async fillMemory(): Promise<void> {
    await this.configure("maxmemory-policy", "noeviction");
    await this.configure("maxmemory", "1");
  }

  /** Ends `fillMemory`. */
  async freeMemory(): Promise<void> {
    await this.configure("maxmemory", "0");
  }

  /** All keys that are alive, sorted; without the record of how old the node's memory is. */
  async keys(): Promise<string[]> {
    return ((await this.command("KEYS", "*")) as string[]).filter((key) => !isLifeRecord(key)).toSorted();
  }

  /** The keys that are alive and neither fences nor waiting lines, sorted: with every lock released, none. */
  async lockKeys(): Promise<string[]> {
    return (await this.keys()).filter(isLockKey);
  }

  /** The locks this node knows: its lock keys without their prefix, and the tokens they hold. */
  async locks(keyPrefix = ""): Promise<{ resource: string; token: string }[]> {
    const keys = (await this.lockKeys()).filter((key) => key.startsWith(keyPrefix));
    const tokens = keys.length === 0 ? [] : ((await this.command("MGET", ...keys)) as (string | null)[]);
    // null: it expired between the two commands, or is somebody's list.
    const tokenOf = (index: number): string[] => (typeof tokens[index] === "string" ? [tokens[index]] : []);
    return keys.flatMap((key, i) => tokenOf(i).map((token) => ({ resource: key.slice(keyPrefix.length), token })));
  }

  /** Resolves when it has the other's data and follows it. */
  async becomeReplicaOf(master: { readonly host: string; readonly port: number }): Promise<void> {
    await this.command("REPLICAOF", master.host, master.port);
    await until(async () => String(await this.command("INFO", "replication")).includes("master_link_status:up"));
  }

  /** Makes a replica a master. */
  async promote(): Promise<void> {
    await this.command("REPLICAOF", "NO", "ONE");
  }
}
