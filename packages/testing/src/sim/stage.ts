/**
 * A small simulated world for one directed scenario: nodes, a network, and processes with the real library in them,
 * driven by hand.
 *
 * ```ts
 * const stage = new Stage({ nodes: 3 });
 * const holder = stage.process("holder");
 * const lock = await stage.until(holder.redlock.acquire("job", 1000));
 * holder.process.stopFor(5000);
 * await stage.pass(2000);
 * ```
 */
import { Redlock, type RedlockOptions } from "@quorate/redlock";
import { createNode, type Node } from "@quorate/redlock/node";

import { Network } from "../rule/network.ts";
import { EPOCH_MS, MachineClocks } from "./clock.ts";
import { SimConnection } from "./connection.ts";
import { type ClientSettings, SAFE_CLIENT_SETTINGS } from "./dialer.ts";
import { type Latency, Link } from "./link.ts";
import { Prng } from "./prng.ts";
import { SimProcess } from "./process.ts";
import { createSimRuntime } from "./runtime.ts";
import { Scheduler } from "./scheduler.ts";
import { SimServer } from "./server.ts";

export interface StageOptions {
  readonly nodes?: number;
  readonly seed?: number;
  readonly latency?: Latency;
  readonly client?: Partial<ClientSettings>;
}

export interface Actor {
  readonly process: SimProcess;
  readonly redlock: Redlock;
}

const LONGEST_MS = 3_600_000;

export class Stage {
  readonly scheduler: Scheduler = new Scheduler();
  readonly network: Network;
  readonly servers: readonly SimServer[];
  readonly prng: Prng;
  readonly #latency: Latency;
  readonly #client: ClientSettings;

  constructor({ nodes = 5, seed = 1, latency = { baseMs: 0.5, jitterMs: 0.2 }, client = {} }: StageOptions = {}) {
    this.prng = new Prng(seed);
    const networkPrng = this.prng.fork("network");
    this.network = new Network(() => networkPrng.next());
    this.#latency = latency;
    this.#client = { ...SAFE_CLIENT_SETTINGS, ...client };
    this.servers = Array.from(
      { length: nodes },
      (_, index) => new SimServer(`node ${index}`, index, this.#clocks(0), this.prng.fork(`node ${index}`)),
    );
  }

  /** A process of its own, on a machine whose wall clock is this far from the others'; over what `see` makes of the nodes. */
  process(
    name: string,
    options: RedlockOptions = {},
    wallOffsetMs = 0,
    see: (nodes: Node[]) => Node[] = (nodes) => nodes,
  ): Actor {
    const process = new SimProcess(name, this.#clocks(wallOffsetMs), this.scheduler, this.prng.fork(name));
    const runtime = createSimRuntime(process);
    const nodes = this.servers.map((server) => {
      const link = new Link(this.network, name, server.index, this.#latency, process.prng.fork(server.name));
      const route = { timeline: this.scheduler, host: process, link, server, settings: this.#client };
      return createNode(new SimConnection(route, runtime), runtime);
    });
    return { process, redlock: new Redlock(see(nodes), options, runtime) };
  }

  node(index: number): SimServer {
    const server = this.servers[index];
    if (server === undefined) throw new RangeError(`no node ${index}`);
    return server;
  }

  /** Lets true time pass. */
  pass(durationMs: number): Promise<void> {
    return this.scheduler.run(this.scheduler.nowMs + durationMs);
  }

  /** Runs until the promise is settled, and settles like it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.scheduler.run(this.scheduler.nowMs + LONGEST_MS, () => isSettled);
    return promise;
  }

  /** Which nodes keep a lock key for this resource, and its token. */
  keysOf(resource: string): Map<number, string> {
    const found = new Map<number, string>();
    for (const { index, model, clocks } of this.servers) {
      const token = model.keyspace.get(resource, Math.floor(clocks.wallMs))?.text;
      if (token !== undefined) found.set(index, token);
    }
    return found;
  }

  #clocks(offsetMs: number): MachineClocks {
    return new MachineClocks(this.scheduler, { wallAtZeroMs: EPOCH_MS + offsetMs });
  }
}
