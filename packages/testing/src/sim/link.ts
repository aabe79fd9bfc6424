/**
 * The network between one process and one node: how long a message takes when nothing is wrong, and which faults are in
 * force.
 */
import type { Message } from "../rule/message.ts";
import type { Network } from "../rule/network.ts";
import type { Prng } from "./prng.ts";

/** How long one message takes: at least `baseMs`, and on average `jitterMs` more. */
export interface Latency {
  readonly baseMs: number;
  readonly jitterMs: number;
}

export type Direction = Message["direction"];

export class Link {
  readonly network: Network;
  readonly node: number;
  readonly peer: string;
  readonly latency: Latency;
  readonly #prng: Prng;

  constructor(network: Network, peer: string, node: number, latency: Latency, prng: Prng) {
    this.network = network;
    this.peer = peer;
    this.node = node;
    this.latency = latency;
    this.#prng = prng;
  }

  drawLatencyMs(): number {
    const { baseMs, jitterMs } = this.latency;
    return jitterMs > 0 ? baseMs + this.#prng.exponential(jitterMs) : baseMs;
  }

  /** How many of the messages under way still arrive when a connection breaks. */
  drawSurvivors(inFlightCount: number): number {
    return this.#prng.integer(0, inFlightCount);
  }
}
