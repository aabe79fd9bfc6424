/**
 * A network that takes its time in both directions, and hardly any CPU: bytes are kept for so long and passed on as they came. One timer
 * a direction is under way at a time; timers count whole milliseconds, so it takes up to one longer.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

interface Due {
  readonly atMs: number;
  readonly bytes: Buffer;
}

/** Timers are not more exact than this. */
const toleranceMs = 0.2;

export class DelayLine implements AsyncDisposable {
  readonly urls: readonly string[];
  readonly #servers: readonly Server[];
  readonly #sockets: Set<Socket>;

  private constructor(urls: readonly string[], servers: readonly Server[], sockets: Set<Socket>) {
    this.urls = urls;
    this.#servers = servers;
    this.#sockets = sockets;
  }

  /** `delayMs`: one way. */
  static async open(urls: readonly string[], delayMs: number): Promise<DelayLine> {
    const sockets = new Set<Socket>();
    const servers = urls.map((url) => listen(new URL(url), delayMs, sockets));
    await Promise.all(servers.map((server) => once(server, "listening")));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    return new DelayLine(
      ports.map((port) => `redis://127.0.0.1:${port}`),
      servers,
      sockets,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen({ hostname, port }: URL, delayMs: number, sockets: Set<Socket>): Server {
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), noDelay: true });
    passOn(near, far, delayMs, sockets);
    passOn(far, near, delayMs, sockets);
  });
  return server.listen(0, "127.0.0.1");
}

function passOn(from: Socket, to: Socket, delayMs: number, sockets: Set<Socket>): void {
  const due: Due[] = [];
  const pump = (): void => {
    const nowMs = performance.now() + toleranceMs;
    while (due[0] !== undefined && due[0].atMs <= nowMs) to.write(due.shift()!.bytes);
    if (due[0] !== undefined) setTimeout(pump, due[0].atMs - performance.now());
  };
  sockets.add(from);
  from.on("data", (bytes) => {
    due.push({ atMs: performance.now() + delayMs, bytes });
    if (due.length === 1) setTimeout(pump, delayMs);
  });
  from.on("error", () => {});
  from.once("close", () => {
    sockets.delete(from);
    to.destroy();
  });
}
