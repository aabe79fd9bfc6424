/**
 * A client library's connection over the simulated network: what an adapter is to a real client, this is to a
 * simulated one, so that the library's batching and health rules run unchanged above it.
 */
import {
  type AskedLife,
  type BatchReply,
  type Connection,
  type ConnectionListener,
  KnownServer,
  type NoticeListener,
  type Operation,
  type ReplyCallback,
  type Runtime,
} from "@quorate/redlock/node";

import { Dialer, type Route } from "./dialer.ts";
import type { Scheduled } from "./scheduler.ts";
import type { Session } from "./sessions.ts";
import { Subscriber } from "./subscriber.ts";

/** One call that was written and not answered. */
interface Call {
  readonly operations: readonly Operation[];
  readonly onReply: ReplyCallback;
  readonly wanted: (index: number) => boolean;
  writtenAtMs: number;
}

export class SimConnection implements Connection {
  readonly name: string;
  readonly #route: Route;
  readonly #dialer: Dialer;
  readonly #subscriber: Subscriber;
  readonly #server: KnownServer;
  #listener: ConnectionListener | undefined;
  #status: Connection["status"] = "connecting";
  /** In the order written. */
  #calls: Call[] = [];
  /** Calls that the node did not know the script for, and the later ones that wait behind them. */
  #rewriting: { readonly unknown: Call[]; readonly behind: Call[] } | undefined;
  /** Written before the connection broke, and written again by the client when it is back. */
  readonly #toResend: Call[] = [];
  #silenceTimer: Scheduled | undefined;

  constructor(route: Route, runtime: Runtime) {
    this.#server = new KnownServer(runtime);
    this.name = route.server.name;
    this.#route = route;
    this.#dialer = new Dialer(route, {
      onConnected: (session) => this.#connected(session),
      onDisconnected: (detail) => this.#disconnected(detail),
    });
    this.#subscriber = new Subscriber(route);
  }

  get status(): Connection["status"] {
    return this.#status;
  }

  open(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#dialer.dial();
  }

  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    const call: Call = { operations, onReply, wanted, writtenAtMs: 0 };
    if (this.#rewriting !== undefined) this.#rewriting.behind.push(call);
    else this.#write(call, false);
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#subscriber.subscribe(channels, listener);
  }

  close(): Promise<void> {
    this.#status = "down";
    this.#silenceTimer?.cancel();
    this.#subscriber.close();
    this.#dialer.close();
    this.#failCalls("Connection is closed.");
    return Promise.resolve();
  }

  #connected(session: Session): void {
    this.#status = "ready";
    for (const call of this.#toResend.splice(0)) this.#write(call, true, session);
    this.#listener?.onReady();
  }

  #disconnected(detail: string): void {
    this.#status = "down";
    this.#silenceTimer?.cancel();
    this.#silenceTimer = undefined;
    // The adapter above a client that re-sends gives the calls up all the same; what comes of them, nobody hears.
    if (this.#route.settings.resend) {
      const unheard = this.#calls.map((call) => ({ ...call, onReply: () => {} }));
      this.#toResend.push(...unheard);
    }
    this.#failCalls("Connection is closed.");
    this.#listener?.onDown(detail);
  }

  #failCalls(message: string): void {
    const calls = this.#takeAll();
    for (const call of calls) call.onReply(new Error(message), undefined);
  }

  /** Every call without an answer, in the order asked. */
  #takeAll(): Call[] {
    const { unknown, behind } = this.#rewriting ?? { unknown: [], behind: [] };
    const calls = [...unknown, ...this.#calls, ...behind];
    this.#rewriting = undefined;
    this.#calls = [];
    return calls;
  }

  #write(call: Call, carriesScript: boolean, session: Session | undefined = this.#dialer.session): void {
    if (session === undefined) {
      call.onReply(new Error("Stream isn't writeable and enableOfflineQueue options is false"), undefined);
      return;
    }
    const { server, host } = this.#route;
    call.writtenAtMs = this.#route.timeline.nowMs;
    this.#calls.push(call);
    this.#watchSilence();
    const name = call.operations[0]?.kind ?? "nothing";
    const asked = this.#server.ask(call.operations);
    session.wire.request(name, () => {
      server.whenRunning(session.runId, () => {
        const reply = server.execute(session, call.operations, carriesScript, asked.id);
        session.wire.reply(name, () => host.enter(() => this.#answered(call, asked, reply)));
      });
    });
  }

  #answered(call: Call, asked: AskedLife, reply: BatchReply | undefined): void {
    const index = this.#calls.indexOf(call);
    if (index < 0) return;
    this.#calls.splice(index, 1);
    const oldest = this.#calls[0];
    // An answer is a sign of life: what still waits has been waiting for the next one only from now on.
    if (oldest !== undefined) oldest.writtenAtMs = this.#route.timeline.nowMs;
    if (reply === undefined) (this.#rewriting ??= { unknown: [], behind: [] }).unknown.push(call);
    if (this.#rewriting !== undefined && this.#calls.length === 0) this.#rewrite();
    if (reply !== undefined) call.onReply(undefined, this.#server.complete(reply, asked));
  }

  /**
   * The node did not know the script (NOSCRIPT). Everything written since has met the same fate or comes after it, so
   * it waits until nothing is under way and is then written again in its order, with the script.
   */
  #rewrite(): void {
    for (const call of this.#takeAll()) this.#write(withoutUnwanted(call), true);
  }

  #watchSilence(): void {
    const limitMs = this.#route.settings.socketTimeoutMs;
    if (this.#silenceTimer !== undefined || !Number.isFinite(limitMs)) return;
    const { timeline, host } = this.#route;
    const check = (): void => {
      this.#silenceTimer = undefined;
      const oldest = this.#calls[0];
      if (oldest === undefined) return;
      const leftMs = oldest.writtenAtMs + limitMs - timeline.nowMs;
      if (leftMs <= 0) this.#dialer.fail("Socket timeout. Expecting data, but didn't receive any.");
      else this.#silenceTimer = timeline.after(leftMs, () => host.enter(check));
    };
    this.#silenceTimer = timeline.after(limitMs, () => host.enter(check));
  }
}

/** The call as it is written a second time: without what nobody wants any more. */
function withoutUnwanted(call: Call): Call {
  const isWanted = call.operations.map((_, index) => call.wanted(index));
  if (isWanted.every(Boolean)) return call;
  const onReply: ReplyCallback = (error, reply) => {
    if (reply === undefined) {
      call.onReply(error, undefined);
      return;
    }
    const [life, memoryAgeMs, role, ...answers] = reply;
    const written = answers.values();
    const all = isWanted.map((wanted) =>
      wanted ? (written.next().value ?? ["error", "missing"]) : ["error", "NOTWRITTEN no longer wanted"],
    );
    call.onReply(undefined, [life, memoryAgeMs, role, ...all]);
  };
  return { ...call, operations: call.operations.filter((_, index) => isWanted[index] === true), onReply };
}
