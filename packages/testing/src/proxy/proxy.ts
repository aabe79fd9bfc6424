/** Stands in front of one server for one peer, and obeys the network's rules. */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Network } from "../rule/network.ts";
import { Relay, type Route } from "./relay.ts";

const loopback = "127.0.0.1";

/** Where new connections lead. */
interface Lead {
  route: Route;
}

export class Proxy {
  readonly #server: Server;
  readonly #relays: Set<Relay>;
  readonly #lead: Lead;

  private constructor(server: Server, relays: Set<Relay>, lead: Lead) {
    this.#server = server;
    this.#relays = relays;
    this.#lead = lead;
  }

  /** Resolves when it accepts connections. */
  static start(route: Route, net: Network): Promise<Proxy> {
    const relays = new Set<Relay>();
    const lead: Lead = { route };
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (near: Socket) => {
      const relay = new Relay(lead.route, net, near, () => relays.delete(relay));
      relays.add(relay);
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: 0, host: loopback }, () => resolve(new Proxy(server, relays, lead)));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on it leads to another server; the connections to the former one are gone. */
  leadTo(host: string, port: number): void {
    this.#lead.route = { ...this.#lead.route, host, port };
    for (const relay of this.#relays) relay.stop();
  }

  /** Ends all connections; resolves when the port is free. */
  stop(): Promise<void> {
    for (const relay of this.#relays) relay.stop();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
