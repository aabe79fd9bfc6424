/**
 * A node's connection over a node-redis client that the user made. node-redis rejects what was written when the
 * connection breaks, and keeps what was not for later: the abort signal takes that out of its queue, so that nothing of
 * ours runs on the next connection.
 */
import type { Connection, ConnectionListener, ReplyCallback } from "../connection.ts";
import { describeError } from "../connection.ts";
import { lifeRecordKey } from "../life-record.ts";
import type { NoticeListener } from "../node.ts";
import type { Operation } from "../operation.ts";
import { type CallOutcome, type Caller, outcomeOf, scriptCommand, ScriptCalls } from "../script-calls.ts";
import { type Listening, type ListeningEvents, Topics } from "../topics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { keyPrefixOf, nameOf, type NodeRedisClient, type NodeRedisSubscriber } from "./client.ts";
import { unsafeSettings } from "./unsafe-settings.ts";

export class NodeRedisConnection implements Connection, Caller {
  readonly name: string;
  readonly #keyPrefix: string;
  readonly #recordKey: string;
  readonly #client: NodeRedisClient;
  readonly #calls: ScriptCalls;
  readonly #topics: Topics;
  #listener: ConnectionListener | undefined;
  #unwritten = new AbortController();
  #wasDown = false;
  #lastError = "";

  /** `lockPrefix`: what every lock key begins with, behind the client's own prefix. */
  constructor(client: NodeRedisClient, runtime: Runtime, lockPrefix: string) {
    this.#client = client;
    this.name = nameOf(client);
    this.#keyPrefix = keyPrefixOf(client);
    this.#recordKey = lifeRecordKey(this.#keyPrefix + lockPrefix);
    this.#calls = new ScriptCalls(this, runtime);
    this.#topics = new Topics(runtime, this.#keyPrefix, (events) => listen(client, events));
  }

  get isWritable(): boolean {
    return this.#client.isReady;
  }

  get status(): "connecting" | "ready" | "down" {
    if (this.#client.isReady) return "ready";
    return this.#wasDown ? "down" : "connecting";
  }

  /** Does not connect the client: its owner's own `connect()` would then be refused. */
  open(listener: ConnectionListener): void {
    this.#listener = listener;
    this.#client.on("ready", this.#onReady);
    this.#client.on("error", this.#onError);
    this.#client.on("reconnecting", this.#onGone);
    this.#client.on("end", this.#onGone);
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
    const command = scriptCommand(operations, this.#keyPrefix, knownLife, this.#recordKey, isKnown);
    const options = { abortSignal: this.#unwritten.signal, typeMapping: {} };
    this.#client.sendCommand(command, options).then(
      (reply) => onOutcome({ reply }),
      (error: unknown) => onOutcome(outcomeOf(error)),
    );
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#topics.subscribe(channels, listener);
  }

  /** The client is its owner's, and stays open. */
  async close(): Promise<void> {
    this.#topics.close();
    this.#listener = undefined;
    this.#client.off("ready", this.#onReady);
    this.#client.off("reconnecting", this.#onGone);
    this.#client.off("end", this.#onGone);
    this.#client.off("error", this.#onError);
  }

  readonly #onReady = (): void => {
    this.#lastError = "";
    this.#calls.forget();
    this.#listener?.onReady();
  };

  readonly #onError = (error: unknown): void => {
    this.#lastError = describeError(error);
    if (!this.#client.isReady) this.#onGone();
  };

  readonly #onGone = (): void => {
    if (this.#client.isReady) return;
    this.#wasDown = true;
    const detail = this.#lastError === "" ? "the connection was closed" : this.#lastError;
    this.#unwritten.abort();
    this.#unwritten = new AbortController();
    this.#calls.failAll(new Error(detail));
    this.#listener?.onDown(detail);
  };
}

function listen(client: NodeRedisClient, events: ListeningEvents): Listening {
  const subscriber = client.duplicate() as NodeRedisSubscriber;
  const onMessage = (message: string, channel: string): void => events.onMessage(channel, message);
  subscriber.on("ready", () => events.onReady());
  for (const event of ["error", "reconnecting", "end"]) {
    subscriber.on(event, () => {
      if (!subscriber.isReady) events.onDown();
    });
  }
  subscriber.connect().catch(() => {});
  return {
    async subscribe(channels) {
      // Again for one that it knows, node-redis answers at once: rightly, it has it since before it said "ready".
      await subscriber.subscribe([...channels], onMessage);
    },
    async unsubscribe(channels) {
      await subscriber.unsubscribe([...channels], onMessage);
    },
    close() {
      if (subscriber.isOpen) subscriber.destroy();
    },
  };
}
