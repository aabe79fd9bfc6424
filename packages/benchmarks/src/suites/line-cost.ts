/** What one script call costs its server while so many stand in the line of its resource. The lengths take turns on one server. */
import { startFleet, type RedisServer } from "@quorate/testing";
import {
  type AcquireOperation,
  encodeOperations,
  type Operation,
  releaseChannel,
  type ReleaseOperation,
  scriptSha1,
  scriptText,
} from "@quorate/redlock/node";
import { Redis } from "ioredis";
import { spreadOf } from "../measure/spread.ts";
import type { LineCostRow } from "../report/rows.ts";

/** Of one round, to one length of the line. */
const callCount = 200;
/** The process in whose name all of them wait. */
const waiting = "bench";
const ttlMs = 600_000;
const fenceRetentionMs = 300_000;

const lineCalls = ["renew a place", "refused, without a place", "hand over and stand again"] as const;

export async function runLineCost(placeCounts: readonly number[], roundCount: number): Promise<LineCostRow[]> {
  await using fleet = await startFleet({ nodes: 1 });
  const server = fleet.node(0);
  await server.command("SCRIPT", "LOAD", scriptText);
  const lines = placeCounts.map((placeCount) => new Line(server, placeCount));
  // Whose process does not listen is taken for dead, and passed.
  await using listening = new Listening(server.url);
  for (const line of lines) await listening.hear(line.channel);
  for (const line of lines) await line.fill();
  const rounds = new Map(lines.map((line) => [line, lineCalls.map((): number[] => [])]));
  // The first round is warm-up.
  for (let round = -1; round < roundCount; round += 1) {
    for (const [line, costs] of rounds) {
      for (const [at, made] of [line.renew(), line.refused(), line.handOver()].entries()) {
        const us = await line.costOf(made);
        if (round >= 0) costs[at]!.push(us);
      }
    }
  }
  return [...rounds].flatMap(([{ placeCount }, costs]) =>
    costs.map((us, at) => ({ call: lineCalls[at]!, placeCount, roundCount, serverUsPerCall: spreadOf(us) })),
  );
}

class Listening implements AsyncDisposable {
  readonly #client: Redis;

  constructor(url: string) {
    this.#client = new Redis(url);
  }

  async hear(channel: string): Promise<void> {
    await this.#client.subscribe(channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.disconnect();
  }
}

class Line {
  readonly placeCount: number;
  readonly #server: RedisServer;
  readonly #key: string;
  #fence = 1000 * Date.now();
  /** Who waits, in order, behind who holds. */
  #waiters: AcquireOperation[] = [];
  #holder: AcquireOperation;

  constructor(server: RedisServer, placeCount: number) {
    this.#server = server;
    this.placeCount = placeCount;
    this.#key = `line:${placeCount}`;
    this.#holder = this.#acquire();
  }

  get channel(): string {
    return releaseChannel(this.#key, waiting);
  }

  async fill(): Promise<void> {
    await this.#run([this.#holder]);
    for (let at = 0; at < this.placeCount; at += 1) this.#waiters.push(this.#acquire());
    for (const waiter of this.#waiters) await this.#run([waiter]);
  }

  /** Those of a call each. */
  renew(): Operation[][] {
    return Array.from({ length: callCount }, (_, at) => [this.#waiters[at % this.placeCount]!]);
  }

  refused(): Operation[][] {
    return Array.from({ length: callCount }, () => [{ ...this.#acquire(), place: undefined }]);
  }

  /** The holder releases, the first in line gets the key, and who released stands behind all the others. */
  handOver(): Operation[][] {
    return Array.from({ length: callCount }, () => {
      const { token, fence, keys, place } = this.#holder;
      const ended = { kind: "release", keys, token, fence, bury: false, announce: true, buryMs: ttlMs } as const;
      const release: ReleaseOperation = { ...ended, leaves: place };
      const next = this.#waiters.shift()!;
      this.#holder = { ...next, fence: Math.max(next.fence, fence + 1) };
      const back = this.#acquire();
      this.#waiters.push(back);
      return [release, back];
    });
  }

  /** Of the server, in µs a call. */
  async costOf(made: readonly Operation[][]): Promise<number> {
    const before = await this.#spentUs();
    for (const operations of made) await this.#run(operations);
    return ((await this.#spentUs()) - before) / made.length;
  }

  #acquire(): AcquireOperation {
    const fence = ++this.#fence;
    const place = { ticket: fence, waiter: `${waiting}.${fence}`, keepMs: ttlMs, number: 1, claimMs: ttlMs };
    return {
      kind: "acquire",
      keys: [this.#key],
      token: `a-random-part:${fence}:`,
      fence,
      ttlMs,
      fenceRetentionMs,
      place,
    };
  }

  /** Throws what the node says is wrong. */
  async #run(operations: readonly Operation[]): Promise<void> {
    const parameters = [scriptSha1];
    encodeOperations(operations, "", parameters, "-");
    const reply = (await this.#server.command("EVALSHA", ...parameters)) as unknown[];
    const failed = reply.slice(3).find((answer) => Array.isArray(answer) && answer[0] !== "held");
    if (failed !== undefined || reply[3] === 0)
      throw new Error(`a line of ${this.placeCount}: ${JSON.stringify(reply)}`);
  }

  async #spentUs(): Promise<number> {
    const stats = String(await this.#server.command("INFO", "commandstats"));
    return Number(/^cmdstat_evalsha:calls=\d+,usec=(\d+)/m.exec(stats)?.[1] ?? 0);
  }
}
