/**
 * Each of those who hold together has an end of its own: what one of them asked for keeps no other's hold alive, and nobody's
 * key longer than the last of them asked for.
 */
import { type Answer, besideKey, type BatchReply, fenceKey, type Operation } from "@quorate/redlock/node";

import type { SimServer } from "../server.ts";
import type { Verdicts } from "./ledger.ts";
import { holdersOn, MARKER } from "./kept.ts";

export class EndsOracle {
  readonly #verdicts: Verdicts;
  /** By node and token: the latest end that its own operations asked for, by the node's clock. */
  readonly #askedMs = new Map<string, number>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  executed(server: SimServer, operations: readonly Operation[], reply: BatchReply): void {
    for (const [index, operation] of operations.entries()) {
      if ("ttlMs" in operation && isDone(reply[index + 3])) this.#note(server, operation.token, operation.ttlMs);
    }
    // What is seen is the state after all of them.
    for (const operation of operations) {
      if (operation.kind === "inspect" || operation.kind === "notice") continue;
      for (const key of operation.keys) this.#look(server, key);
    }
  }

  #note(server: SimServer, token: string, ttlMs: number): void {
    const name = `${server.index} ${token}`;
    const endsAtMs = Math.floor(server.clocks.wallMs) + ttlMs;
    this.#askedMs.set(name, Math.max(this.#askedMs.get(name) ?? 0, endsAtMs));
  }

  #look(server: SimServer, key: string): void {
    const { keyspace } = server.model;
    const nowMs = Math.floor(server.clocks.wallMs);
    const stored = keyspace.get(key, nowMs);
    if (stored?.text === undefined || !MARKER.test(stored.text)) return;
    const holders = holdersOn(server, key);
    for (const [token, endsAtMs] of holders) {
      const lateMs = endsAtMs - (this.#askedMs.get(`${server.index} ${token}`) ?? Infinity);
      if (lateMs > 0) this.#report(server, `${token.slice(0, 6)} on ${key} ${lateMs} ms longer than it asked for`);
    }
    const lastMs = Math.max(nowMs, ...holders.values());
    for (const name of [key, besideKey(fenceKey(key), "holders"), besideKey(fenceKey(key), "slots")]) {
      const lateMs = (keyspace.get(name, nowMs)?.endsAtMs ?? nowMs) - lastMs;
      if (lateMs > 0) this.#report(server, `${name} ${lateMs} ms longer than the last of its holders`);
    }
  }

  #report({ name }: SimServer, what: string): void {
    this.#verdicts.report("each has its own end", `${name} keeps ${what}`);
  }
}

function isDone(answer: Answer | undefined): boolean {
  return typeof answer === "number" || answer?.[0] === "slots";
}
