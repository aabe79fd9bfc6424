/** Does what it is told with one peer, and measures it. */
import type { Peer } from "../peers/peer.ts";
import { peers } from "../peers/peers.ts";
import { Hoard } from "./hoard.ts";
import type { Driven, OpenOrder, Order, Reports } from "./order.ts";
import { Racers } from "./racers.ts";
import { runContention } from "./run-contention.ts";
import { runCycles } from "./run-cycles.ts";
import { runWaiting } from "./run-waiting.ts";

export class Worker implements Driven {
  #opened: { readonly peer: Peer; readonly order: OpenOrder } | undefined;
  #taken: { readonly held: unknown } | undefined;
  #hoard: Hoard | undefined;
  #racers: Racers | undefined;

  async tell<Given extends Order>(order: Given): Promise<Reports[Given["kind"]]> {
    return (await this.#obey(order)) as Reports[Given["kind"]];
  }

  async end(): Promise<void> {
    await this.#close();
  }

  async #obey(order: Order): Promise<unknown> {
    switch (order.kind) {
      case "open":
        this.#opened = { peer: await peers[order.peer].open(order), order };
        return undefined;
      case "cycles":
        return runCycles(this.#current.peer, order);
      case "hold":
        this.#hoard = await Hoard.open(this.#current.order);
        return this.#hoard.acquire(order.lockCount);
      case "keep":
        return this.#hoard?.watch(order.durationMs);
      case "wait":
        return runWaiting(this.#current.peer, order);
      case "contend":
        return runContention(this.#current.peer, order);
      case "line-up":
        this.#racers = await Racers.open(order);
        return undefined;
      case "race":
        return this.#racers?.race(order);
      case "race-over":
        return this.#racers?.over();
      case "take":
        this.#taken = { held: await this.#current.peer.acquire([order.resource]) };
        return undefined;
      case "let-go":
        return this.#letGo();
      case "close":
        return this.#close();
    }
  }

  get #current(): { readonly peer: Peer; readonly order: OpenOrder } {
    if (this.#opened === undefined) throw new Error("no peer was opened");
    return this.#opened;
  }

  async #letGo(): Promise<void> {
    const [taken, hoard] = [this.#taken, this.#hoard];
    [this.#taken, this.#hoard] = [undefined, undefined];
    if (taken !== undefined) await this.#current.peer.release(taken.held);
    await hoard?.letGo();
  }

  async #close(): Promise<void> {
    const [opened, racers] = [this.#opened, this.#racers];
    [this.#opened, this.#racers] = [undefined, undefined];
    await racers?.close();
    await opened?.peer.close();
  }
}
