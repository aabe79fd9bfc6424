/**
 * What a port speaks, where the client came to nothing there. A server without TLS is silent to a client that has it, and one
 * with TLS cuts off a client that has none; both look like a server that is ill. So it is asked once in the other way, and
 * without credentials, which are for the server as it was named.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { systemRuntime } from "../../../runtime/system.ts";

const patienceMs = 1_000;

/** Why the node cannot be asked: what the client said of it, unless the port tells more. */
export async function findFailure(url: string, said: string): Promise<string> {
  const { protocol, hostname, port } = new URL(url);
  const address = { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: port === "" ? 6379 : Number(port) };
  if (/no answer to the first question|\bETIMEDOUT\b/.test(said)) {
    const heard = await ask(() => connectPlain(address), "connect", "PING\r\n");
    if (heard === undefined) return "no connection to that port is made in time";
    return protocol === "rediss:" && /^[+-]/.test(heard) ? "a server without TLS answers" : said;
  }
  if (protocol === "redis:" && /\b(?:ECONNRESET|EPIPE)\b|closed/.test(said)) {
    // Who it is does not matter: nothing is told to it.
    const heard = await ask(() => connectTls({ ...address, rejectUnauthorized: false }), "secureConnect");
    return heard === undefined ? said : "a server with TLS answers";
  }
  return said;
}

/** What is heard first; "" where nothing is within the time, `undefined` where there is no connection. */
function ask(connect: () => Socket, connected: string, question?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect();
    let heard: string | undefined;
    const timer = systemRuntime.startTimer(patienceMs, () => socket.destroy());
    socket.once(connected, () => {
      heard = "";
      if (question === undefined) socket.destroy();
      else socket.write(question);
    });
    socket.once("data", (data) => {
      heard = data.toString("latin1");
      socket.destroy();
    });
    // "close" follows.
    socket.once("error", () => {});
    socket.once("close", () => {
      timer.cancel();
      resolve(heard);
    });
  });
}
