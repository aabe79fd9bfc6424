/**
 * A node's connection over a valkey-glide client that the user made. The client tells nothing of its connection, so it
 * counts as there until a command says otherwise, and is then asked with PING now and then until it answers.
 *
 * Release announcements are not listened to: a glide client gets messages only if it was configured for them when it was
 * made. Waiters come back by their back-off instead.
 */
import type { Connection, ConnectionListener, ReplyCallback } from "../connection.ts";
import { asError } from "../client-errors.ts";
import { lifeRecordKey } from "../life-record.ts";
import type { Operation } from "../operation.ts";
import { type CallOutcome, type Caller, scriptCommand, ScriptCalls } from "../script-calls.ts";
import type { Runtime, Timer } from "../../runtime/runtime.ts";
import { type GlideLikeClient, nameOf } from "./client.ts";
import { unsafeSettings } from "./unsafe-settings.ts";

/** Between two PINGs to a client whose connection is gone. */
const pingEveryMs = 250;

/** All that glide says where no answer came within its own patience: the connection may be as good as ever. */
const timedOut = "timed out";

/** `Decoder.String` of valkey-glide: text, whatever the client's default is. */
const asText = { decoder: 1 };

export class ValkeyGlideConnection implements Connection, Caller {
  readonly name: string;
  readonly #recordKey: string;
  readonly #client: GlideLikeClient;
  readonly #runtime: Runtime;
  readonly #calls: ScriptCalls;
  #listener: ConnectionListener | undefined;
  #isDown = false;
  #ping: Timer | undefined;

  /** `lockPrefix`: what every lock key begins with. */
  constructor(client: GlideLikeClient, runtime: Runtime, lockPrefix: string) {
    this.#client = client;
    this.#runtime = runtime;
    this.name = nameOf(client);
    this.#recordKey = lifeRecordKey(lockPrefix);
    this.#calls = new ScriptCalls(this, runtime);
  }

  get isWritable(): boolean {
    return !this.#isDown;
  }

  get status(): "ready" | "down" {
    return this.#isDown ? "down" : "ready";
  }

  open(listener: ConnectionListener): void {
    this.#listener = listener;
    const unsafe = unsafeSettings(this.#client, this.name);
    if (unsafe !== undefined) listener.onWarning("UNSAFE_CLIENT_SETTING", unsafe);
  }

  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    this.#calls.execute(operations, onReply, wanted);
  }

  call(
    operations: readonly Operation[],
    knownLife: string,
    isKnown: boolean,
    onOutcome: (outcome: CallOutcome) => void,
  ): void {
    this.#send(scriptCommand(operations, "", knownLife, this.#recordKey, isKnown)).then(
      (reply) => onOutcome({ reply }),
      (error: unknown) => {
        const outcome = outcomeOf(error);
        onOutcome(outcome);
        if ("failure" in outcome && outcome.failure.message !== timedOut) this.#goDown(outcome.failure);
      },
    );
  }

  subscribe(): () => void {
    return () => {};
  }

  /** The client is its owner's, and stays open. */
  async close(): Promise<void> {
    this.#listener = undefined;
    this.#ping?.cancel();
  }

  async #send(command: string[]): Promise<unknown> {
    return this.#client.customCommand(command, asText);
  }

  #goDown(error: Error): void {
    if (this.#isDown || this.#listener === undefined) return;
    this.#isDown = true;
    this.#calls.failAll(error);
    this.#listener.onDown(error.message);
    this.#pingLater();
  }

  #pingLater(): void {
    this.#ping = this.#runtime.startTimer(pingEveryMs, () => {
      this.#send(["PING"]).then(
        () => this.#comeBack(),
        () => {
          if (this.#listener !== undefined) this.#pingLater();
        },
      );
    });
    this.#ping.keepProcessAlive(false);
  }

  #comeBack(): void {
    if (this.#listener === undefined) return;
    this.#isDown = false;
    this.#calls.forget();
    this.#listener.onReady();
  }
}

/** glide's words for errors that have a code of their own in Redis. */
const codes: Readonly<Record<string, string>> = {
  NoScriptError: "NOSCRIPT",
  BusyLoadingError: "LOADING",
  ClusterDown: "CLUSTERDOWN",
  MasterDown: "MASTERDOWN",
  TryAgain: "TRYAGAIN",
};

/** "An error was signalled by the server: - NoScriptError: ..." or "OOM: ...": back to the server's own words. */
function outcomeOf(thrown: unknown): CallOutcome {
  const error = asError(thrown);
  const [, kind = "", text = ""] =
    /^(?:An error was signalled by the server: - )?(\w+): (.*)$/s.exec(error.message) ?? [];
  if (kind === "") return { failure: error };
  const code = codes[kind] ?? (kind === "ResponseError" ? "ERR" : kind);
  return { refusal: `${code} ${text}` };
}
