/** Notes of what was done to a fleet of real servers and when, for the timeline of a test that fails. */
import type { Network } from "../rule/network.ts";
import type { RedisServer } from "../redis/server.ts";
import type { ServerState } from "../redis/server-process.ts";
import type { Trouble } from "../report/story.ts";

interface Open extends Omit<Trouble, "toMs"> {
  toMs: number | undefined;
}

/** Begins with the fleet and ends with it: there is no way to stop. */
export class Diary {
  readonly #nowMs: () => number;
  readonly #notes: Open[] = [];
  readonly #open = new Map<unknown, Open>();

  /** `nowMs`: the clock of the history beside it. */
  constructor(servers: readonly RedisServer[], net: Network, nowMs: () => number) {
    this.#nowMs = nowMs;
    for (const server of servers) server.onState = (state) => this.#server(server, state);
    net.onChange(() => this.#net(net));
  }

  /** A holder's process was stopped or killed, or is back. */
  process(name: string, state: ServerState): void {
    this.#close(name);
    if (state !== "running") this.#begin(name, { text: `${name} is ${state}`, isOutage: true, processes: [name] });
  }

  /** Everything until now; what is not over ends now. */
  get troubles(): readonly Trouble[] {
    return this.#notes.map((note) => ({ ...note, toMs: note.toMs ?? this.#nowMs() }));
  }

  #server(server: RedisServer, state: ServerState): void {
    this.#close(server);
    if (state === "running") return;
    this.#begin(server, { text: `node ${server.index} is ${state}`, isOutage: true, nodes: [server.index] });
  }

  #net(net: Network): void {
    const inForce = new Set<unknown>(net.faults);
    for (const [key, { isOutage }] of this.#open) if (!isOutage && !inForce.has(key)) this.#close(key);
    for (const fault of net.faults) {
      if (this.#open.has(fault)) continue;
      const { text, nodes = [], peers = [] } = fault;
      this.#begin(fault, { text, isOutage: false, nodes, processes: peers });
    }
  }

  #begin(key: unknown, what: Pick<Trouble, "text" | "isOutage"> & Partial<Trouble>): void {
    const note: Open = { nodes: [], processes: [], ...what, fromMs: this.#nowMs(), toMs: undefined };
    this.#notes.push(note);
    this.#open.set(key, note);
  }

  #close(key: unknown): void {
    const note = this.#open.get(key);
    if (note !== undefined) note.toMs = this.#nowMs();
    this.#open.delete(key);
  }
}
