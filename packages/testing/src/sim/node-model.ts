/**
 * One Redis master as the lock sees it: the specification of the Lua script. Random sequences of operations must be
 * answered the same by this and by a real server, so whoever changes one has to say why the other was wrong.
 *
 * Nothing here waits or is sent anywhere; the machine around it (server.ts) decides when it is asked, and may take its
 * memory away.
 */
import {
  type AcquireOperation,
  type Answer,
  type BatchReply,
  type ExtendOperation,
  fenceKey,
  type HealOperation,
  type LeaveOperation,
  type LinePlace,
  type Operation,
  releaseChannel,
  type ReleaseOperation,
} from "@quorate/redlock/node";

import { Keyspace } from "./keyspace.ts";
import { isBefore, lineKey, readLine, stand, type Waiter, writeLine } from "./line-model.ts";

/** A release that the node announced to its subscribers. */
export interface Notice {
  readonly channel: string;
  readonly message: string;
}

/** 0 master, 1 replica, 2 promoted replica. */
export type Role = 0 | 1 | 2;

/** How far in the future of the node's own clock a fencing token may lie: one day, in microseconds. */
const FENCE_LEAD_US = 86_400_000_000;
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

export class NodeModel {
  readonly #wallMs: () => number;
  keyspace: Keyspace = new Keyspace();
  runId: string;
  role: Role = 0;
  /** `noeviction` and full: nothing that needs memory is done. */
  outOfMemory = false;
  /** Whether the user that the lock connects as may call INFO. */
  infoPermitted = true;
  #startedAtMs: number;
  #nowMs = 0;
  /** Whether the running script has changed anything yet. */
  #hasWritten = false;
  #notices: Notice[] = [];

  /** `upForMs`: how long it has been running already, with nothing in memory. */
  constructor(runId: string, wallMs: () => number, upForMs = 0) {
    this.runId = runId;
    this.#wallMs = wallMs;
    this.#startedAtMs = wallMs() - upForMs;
  }

  /** A new server process, with what it found on its disk. */
  restart(runId: string, keyspace: Keyspace): void {
    this.runId = runId;
    this.keyspace = keyspace;
    this.#startedAtMs = this.#wallMs();
    this.outOfMemory = false;
  }

  /** FLUSHALL: changes neither run id nor uptime. */
  flush(): void {
    this.keyspace = new Keyspace();
  }

  /** One script call: every operation at the same moment of the node's clock. */
  execute(operations: readonly Operation[]): { readonly reply: BatchReply; readonly notices: readonly Notice[] } {
    this.#nowMs = Math.floor(this.#wallMs());
    this.#notices = [];
    this.#hasWritten = false;
    const answers = operations.map((operation) => this.#answer(operation));
    return { reply: [...this.#evidence(), ...answers], notices: this.#notices };
  }

  #evidence(): [string, number, number] {
    if (!this.infoPermitted) return ["", -1, 0];
    // The difference of two moments that were each cut to whole seconds, as Redis does it: up to a second too much.
    const uptimeSeconds = Math.floor(this.#nowMs / 1000) - Math.floor(this.#startedAtMs / 1000);
    return [this.runId, uptimeSeconds, this.role];
  }

  #answer(operation: Operation): Answer {
    if (this.role === 1 && operation.kind !== "inspect") {
      return ["error", "READONLY You can't write against a read only replica."];
    }
    try {
      switch (operation.kind) {
        case "acquire":
        case "heal":
          return this.#acquire(operation);
        case "extend":
          return this.#extend(operation);
        case "release":
          return this.#release(operation);
        case "leave":
          return this.#leave(operation);
        case "inspect":
          return this.#inspect(operation.keys);
      }
    } catch (error) {
      if (error instanceof CommandError) return ["error", error.message];
      throw error;
    }
  }

  #acquire(operation: AcquireOperation | HealOperation): Answer {
    const { keys, token, fence, ttlMs } = operation;
    if (fence > this.#latestFence) {
      return ["error", `AHEAD the fencing token ${fence} is more than a day ahead of this node's clock`];
    }
    const known = this.#highestFence(operation);
    const isStale = fence > 0 && (known > fence || (known === fence && operation.kind === "acquire"));
    const place = operation.kind === "acquire" ? operation.place : undefined;
    const lines = operation.kind === "acquire" && fence > 0 ? keys.map((key) => this.#line(key, place?.waiter)) : [];
    const elderIndex = lines.findIndex((line) => line?.[0] !== undefined && !(place && isBefore(place, line[0])));
    // A single resource is taken by SET NX, which a full node refuses before it looks at the key.
    const isHigher = fence === 0 || known < fence;
    if (keys.length === 1 && isHigher && elderIndex < 0) this.#requireMemory();
    const isOurs: boolean[] = [];
    for (const [index, key] of keys.entries()) {
      const holder = this.#token(key);
      if (holder !== undefined && holder !== token) {
        return ["held", index, this.#remaining(key), known, this.#stand(keys, lines, place, index)];
      }
      isOurs.push(holder === token);
    }
    const isRepeat = isOurs.every(Boolean);
    if (elderIndex >= 0 && !isRepeat) {
      const elder = lines[elderIndex]![0]!;
      this.#announce(keys[elderIndex]!, elder.waiter, known);
      const ahead = this.#stand(keys, lines, place, elderIndex);
      return ["held", elderIndex, elder.keptUntilMs - this.#nowMs, known, ahead];
    }
    if (isStale && !isRepeat) {
      this.#stand(keys, lines, place, 0);
      return ["stale", known];
    }
    for (const [index, key] of keys.entries()) {
      // A repeat must not cut what an extend has lengthened meanwhile.
      if (isOurs[index] !== true) this.#set(key, token, ttlMs);
      else if (this.#remaining(key) < ttlMs) this.#endIn(key, ttlMs);
      if (fence > 0) this.#raiseFence(key, fence, ttlMs + operation.fenceRetentionMs);
      const line = lines[index];
      if (line !== undefined) this.#writeLine(key, line);
    }
    return 1;
  }

  #extend(operation: ExtendOperation): Answer {
    const { keys, token, fence, ttlMs, longestTtlMs } = operation;
    const lost = keys.findIndex((key) => this.keyspace.get(key, this.#nowMs)?.text !== token);
    if (lost >= 0) return ["lost", lost];
    for (const key of keys) {
      const remainingMs = this.#remaining(key);
      const lifeMs = Math.min(Math.max(remainingMs, ttlMs), Math.max(ttlMs, longestTtlMs));
      if (lifeMs !== remainingMs) this.#endIn(key, lifeMs);
      const fenceLifeMs = lifeMs + operation.fenceRetentionMs;
      if (fence > 0 && this.#remaining(fenceKey(key)) < fenceLifeMs) this.#endIn(fenceKey(key), fenceLifeMs);
    }
    return 1;
  }

  #release(operation: ReleaseOperation): Answer {
    const { keys, token, fence, bury, buryMs } = operation;
    let deletedCount = 0;
    for (const key of keys) {
      const isOurs = this.keyspace.get(key, this.#nowMs)?.text === token;
      const [lines, place] =
        fence > 0 ? [[this.#line(key, operation.place?.waiter)], operation.place] : [[], undefined];
      this.#stand([key], lines, place, 0);
      if (isOurs) {
        this.keyspace.delete(key, this.#nowMs);
        this.#hasWritten = true;
        deletedCount += 1;
        const next = fence > 0 ? this.#line(key)?.[0]?.waiter : undefined;
        if (next !== undefined || operation.announce) this.#announce(key, next ?? "", fence);
      }
      if (fence > 0 && (bury || !isOurs)) this.#bury(key, fence, buryMs);
    }
    return deletedCount;
  }

  #leave({ keys, waiter }: LeaveOperation): Answer {
    for (const key of keys) {
      const places = this.#line(key, waiter);
      if (places === undefined) continue;
      this.#writeLine(key, places);
      const next = places[0];
      if (next !== undefined && this.keyspace.get(key, this.#nowMs)?.text === undefined)
        this.#announce(key, next.waiter, this.#fence(key));
    }
    return 1;
  }

  #inspect(keys: readonly string[]): Answer {
    const answer: (string | number)[] = ["holders"];
    for (const key of keys) {
      const token = this.#token(key);
      const remainingMs = token === undefined ? 0 : this.#remaining(key);
      answer.push(token ?? "", remainingMs, this.#fence(key), this.#line(key)?.length ?? 0);
    }
    return answer;
  }

  /** `undefined` when nobody has stood there. */
  #line(key: string, leaver?: string): Waiter[] | undefined {
    const text = this.keyspace.get(lineKey(fenceKey(key)), this.#nowMs)?.text;
    return text === undefined ? undefined : readLine(text, this.#nowMs, leaver);
  }

  /** Without memory the line stays as it was; answers whether it was written. */
  #writeLine(key: string, places: readonly Waiter[]): boolean {
    const name = lineKey(fenceKey(key));
    if (places.length > 0 && this.outOfMemory && !this.#hasWritten) return false;
    this.#hasWritten = true;
    if (places.length === 0) this.keyspace.delete(name, this.#nowMs);
    else this.keyspace.set(name, writeLine(places), Math.max(...places.map(({ keptUntilMs }) => keptUntilMs)));
    return true;
  }

  /** Takes a place in every line; answers how many are before it in that of `index`, -1 when it has none. */
  #stand(
    keys: readonly string[],
    lines: readonly (Waiter[] | undefined)[],
    place: LinePlace | undefined,
    index: number,
  ): number {
    if (place === undefined || lines.length === 0) return -1;
    const aheadCounts = keys.map((key, at) => {
      const places = stand(lines[at] ?? [], place, this.#nowMs);
      if (places === undefined || !this.#writeLine(key, places)) return -1;
      return places.findIndex(({ waiter }) => waiter === place.waiter);
    });
    return aheadCounts[index]!;
  }

  #announce(key: string, waiter: string, fence: number): void {
    const channel = releaseChannel(key, waiter === "" ? undefined : waiter.split(".")[0]);
    this.#notices.push({ channel, message: `${waiter} ${fence}` });
  }

  /** Who holds it; `undefined` when it is free. Someone else's hash or list is an error. */
  #token(key: string): string | undefined {
    const stored = this.keyspace.get(key, this.#nowMs);
    if (stored !== undefined && stored.text === undefined) throw new CommandError(WRONG_TYPE);
    return stored?.text;
  }

  #remaining(key: string): number {
    return this.keyspace.remainingMs(key, this.#nowMs);
  }

  #set(key: string, text: string, lifeMs: number): void {
    this.#requireMemory();
    this.#hasWritten = true;
    this.keyspace.set(key, text, this.#nowMs + lifeMs);
  }

  /** A script that has written once is not stopped halfway: only its first SET is refused. */
  #requireMemory(): void {
    if (this.outOfMemory && !this.#hasWritten) throw new CommandError(OUT_OF_MEMORY);
  }

  /** PEXPIRE, which works without memory. */
  #endIn(key: string, lifeMs: number): void {
    this.#hasWritten = true;
    this.keyspace.endAt(key, this.#nowMs + lifeMs, this.#nowMs);
  }

  get #latestFence(): number {
    return this.#nowMs * 1000 + FENCE_LEAD_US;
  }

  #fence(key: string): number {
    return Number(this.keyspace.get(fenceKey(key), this.#nowMs)?.text ?? 0);
  }

  #highestFence(operation: { readonly keys: readonly string[]; readonly fence: number }): number {
    if (operation.fence === 0) return 0;
    return Math.max(0, ...operation.keys.map((key) => this.#fence(key)));
  }

  #raiseFence(key: string, fence: number, lifeMs: number): void {
    if (this.#fence(key) < fence) this.#set(fenceKey(key), String(fence), lifeMs);
    else if (this.#remaining(fenceKey(key)) < lifeMs) this.#endIn(fenceKey(key), lifeMs);
  }

  /** A fence that no acquire could pass leaves no tombstone, or one broken clock would shut everybody out. */
  #bury(key: string, fence: number, buryMs: number): void {
    const tombstone = fence + 1;
    if (fence > this.#latestFence || this.#fence(key) >= tombstone) return;
    // Without memory a late acquire is refused for the same reason as its tombstone.
    if (this.outOfMemory && !this.#hasWritten) return;
    this.#set(fenceKey(key), String(tombstone), Math.max(buryMs, this.#remaining(fenceKey(key))));
  }
}

/** What a command inside the script raises; what was done before it stays done. */
class CommandError extends Error {}
