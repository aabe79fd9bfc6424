/** The simulator's node, sent the same as operations. */
import type { AcquireOperation, Answer as Reply, Operation } from "@quorate/redlock/node";
import { NodeModel } from "../../../testing/src/sim/node-model.ts";
import { ScriptRun } from "../../../testing/src/sim/script-run.ts";
import {
  all,
  hourMs,
  isBeside,
  key,
  type Message,
  modes,
  permits,
  rounds,
  type Seen,
  startMs,
  startUs,
  wonBy,
} from "./messages.ts";

export class InSimulator {
  readonly #node = new NodeModel("run", () => startMs);

  readonly #fencesOf: readonly (readonly number[])[];
  readonly #hasLine: boolean;

  constructor(fencesOf: readonly (readonly number[])[], hasLine: boolean) {
    this.#fencesOf = fencesOf;
    this.#hasLine = hasLine;
  }

  run(each: Message): Seen {
    const { keyspace } = this.#node;
    let answer = "";
    if (each.kind === "forget") this.#node.flush();
    else if (each.kind === "expire") {
      if (!/^[a-z]/.test(keyspace.get(key, startMs)?.text ?? "")) keyspace.delete(key, startMs);
    } else if (each.kind === "holdEnds") this.#holdEnds(String(each.token));
    else {
      const reply = this.#node.execute([this.#operation(each)], "-").reply[3]!;
      if (each.kind === "ask" || each.kind === "extend") answer = answerOf(each, reply);
    }
    const run = new ScriptRun({
      keyspace: this.#node.keyspace,
      nowMs: startMs,
      isFull: false,
      life: "",
      listenerCount: () => 1,
    });
    const fence = run.fence(key);
    const text = run.text(key) ?? "";
    const [mode, base] = text.split(" ");
    const slots = run.map(beside("slots"));
    return {
      answer,
      key: base === undefined ? text : `${mode} ${Math.max(0, Number(base) - startUs)}`,
      fence: Math.max(0, fence.highest - startUs),
      buried: Math.max(0, fence.buried - startUs),
      holders: all.filter((token) => run.map(beside("holders")).has(String(token))),
      tokensBuried: all.filter((token) => run.map(beside("buried")).has(String(token))),
      numbers: Array.from({ length: permits }, (_, permit) => {
        const [latest, holder] = String(slots.get(String(permit)) ?? `${startUs} `).split(" ");
        return `${Number(latest) - startUs} ${holder}`;
      }),
      waiting: fence.hasLine
        ? run
            .places(fence)
            .map(({ token }) => Number(token))
            .sort((a, b) => a - b)
        : [],
    };
  }

  /** What the node sees once the hold's time is over. */
  #holdEnds(token: string): void {
    const { keyspace } = this.#node;
    const stored = keyspace.get(beside("holders"), startMs);
    if (stored?.map?.has(token) !== true) return;
    const rest = new Map([...stored.map].filter(([other]) => other !== token));
    keyspace.setMap(beside("holders"), rest, stored.endsAtMs);
    if (rest.size === 0) for (const name of [key, beside("slots")]) keyspace.delete(name, startMs);
  }

  #operation(each: Message): Operation {
    const { kind, token, round } = each;
    const asked = this.#fencesOf[token]!;
    const mode = modes[token]!;
    const named = { keys: [key], token: String(token), ttlMs: hourMs, fenceRetentionMs: hourMs };
    const rank = { ticket: 1_000 + token, waiter: `p.${token}` };
    const shared = mode === "shared" || (mode === "exclusive" && each.isShared) ? { shared: [0] } : {};
    const has = mode === "permits" ? { slots: [wonBy(token)] } : shared;
    if (kind === "ask") {
      const claim =
        mode === "exclusive" ? { claimMs: hourMs } : { claimMs: 0, how: mode === "shared" ? "s" : `p1/${permits}` };
      const place = this.#hasLine ? { place: { ...rank, keepMs: hourMs, number: round, ...claim } } : {};
      const wish: Partial<AcquireOperation> =
        mode === "permits"
          ? { permits: { of: permits, weight: 1, start: each.start } }
          : mode === "shared"
            ? { shared: [0] }
            : {};
      return { ...named, kind: "acquire", fence: startUs + asked[round]!, ...place, ...wish };
    }
    const fence = startUs + asked[0]!;
    if (kind === "extend" && mode === "exclusive" && each.isShared) return { ...named, kind: "share", fence };
    if (kind === "extend" || kind === "heal") return { ...named, kind, fence, ...has };
    const bury = each.buries || (this.#hasLine && !isBeside(each));
    const ends = { kind: "release" as const, keys: [key], token: String(token), announce: true, buryMs: hourMs };
    return { ...ends, fence: startUs + asked[rounds - 1]!, bury, leaves: rank, ...has };
  }
}

function answerOf(each: Message, reply: Reply): string {
  const isRefusal = typeof reply === "object" && reply !== null && reply[0] !== "slots";
  if (each.kind === "extend") return isRefusal ? "lost" : "confirmed";
  if (isRefusal) return "refused";
  if (typeof reply !== "object" || reply === null) return "granted";
  return `granted ${(reply.slice(2) as number[]).reduce((mask, permit) => mask | (1 << permit), 0)}`;
}

function beside(name: string): string {
  return `{${key}}:${name}`;
}
