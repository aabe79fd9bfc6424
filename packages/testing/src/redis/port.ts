/**
 * Ports for servers that die and come back.
 *
 * Two things go wrong with "listen on port 0, close, use that number". While a killed server is down its number is
 * free, and (1) another test process may be given it; (2) it lies in the range from which the system serves outgoing
 * connections, so a client that retries it can be connected to itself. Therefore: numbers below that range, and a UDP
 * socket on the same number, held as long as the fleet lives, says whose it is. The system takes it back from a
 * process that was killed.
 */
import { createSocket, type Socket } from "node:dgram";
import { createServer } from "node:net";

const host = "127.0.0.1";
/** Below the outgoing range of Linux (32768 and up) and macOS (49152 and up). */
const lowestPort = 20_000;
const highestPort = 32_767;

export interface ReservedPort {
  readonly port: number;
  free(): void;
}

/** Reserves a TCP port of the loopback interface that nobody listens on, and that no other fleet will be given. */
export async function reservePort(): Promise<ReservedPort> {
  for (;;) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort + 1));
    const marker = await holdMarker(port);
    if (marker === undefined) continue;
    if (await nobodyListens(port)) return { port, free: () => void marker.close() };
    marker.close();
  }
}

function holdMarker(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const marker = createSocket("udp4");
    marker.unref();
    marker.once("error", () => {
      marker.close();
      resolve(undefined);
    });
    marker.bind({ port, address: host, exclusive: true }, () => resolve(marker));
  });
}

function nobodyListens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
