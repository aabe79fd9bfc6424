/**
 * A node's connection over a node-redis client that the user made. node-redis rejects what was written when the
 * connection breaks, and keeps what was not for later: the abort signal takes that out of its queue, so that nothing of
 * ours runs on the next connection.
 */
import type { Connection, ConnectionListener, ReplyCallback } from "../connection.ts";
import { withTls } from "../client-errors.ts";
import { describeError } from "../connection.ts";
import { lifeRecordKey } from "../life-record.ts";
import type { NoticeListener } from "../node.ts";
import type { Operation } from "../operation.ts";
import { type CallOutcome, type Caller, outcomeOf, scriptCommand, ScriptCalls } from "../script-calls.ts";
import { type Membership, sharedClient, type WatchClient } from "../shared-client.ts";
import { type Listening, type ListeningEvents, Subscriptions, Topics } from "../topics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { keyPrefixOf, nameOf, tlsOf, type NodeRedisClient, type NodeRedisSubscriber } from "./client.ts";
import { unsafeSettings } from "./unsafe-settings.ts";

export class NodeRedisConnection implements Connection, Caller {
  readonly name: string;
  readonly #keyPrefix: string;
  readonly #recordKey: string;
  readonly #client: NodeRedisClient;
  readonly #calls: ScriptCalls;
  readonly #subscriptions: Subscriptions;
  #membership: Membership | undefined;
  #unwritten = new AbortController();

  /** `lockPrefix`: what every lock key begins with, behind the client's own prefix. */
  constructor(client: NodeRedisClient, runtime: Runtime, lockPrefix: string) {
    this.#client = client;
    this.name = nameOf(client);
    this.#keyPrefix = keyPrefixOf(client);
    this.#recordKey = lifeRecordKey(this.#keyPrefix + lockPrefix);
    const shared = sharedClient(client);
    this.#calls = new ScriptCalls(this, runtime, shared);
    const keyPrefix = this.#keyPrefix;
    const makeTopics = (): Topics => new Topics(runtime, keyPrefix, (events) => listen(client, events));
    this.#subscriptions = new Subscriptions(() => shared.topics(makeTopics));
  }

  get isWritable(): boolean {
    return this.#client.isReady;
  }

  get status(): "connecting" | "ready" | "down" {
    if (this.#client.isReady) return "ready";
    return sharedClient(this.#client).wasDown ? "down" : "connecting";
  }

  /** Does not connect the client: its owner's own `connect()` would then be refused. */
  open(listener: ConnectionListener): void {
    const user = {
      onReady: () => {
        this.#calls.forget();
        listener.onReady();
      },
      onDown: (detail: string) => {
        this.#unwritten.abort();
        this.#unwritten = new AbortController();
        this.#calls.failAll(new Error(detail));
        listener.onDown(detail);
      },
    };
    this.#membership = sharedClient(this.#client).join(user, watchClient(this.#client));
    const unsafe = unsafeSettings(this.#client, this.name);
    if (unsafe !== undefined) listener.onWarning("UNSAFE_CLIENT_SETTING", unsafe);
  }

  /** Its owner connects it. */
  connect(): void {
    sharedClient(this.#client).awaitBy(this.#membership);
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
    return this.#subscriptions.subscribe(channels, listener);
  }

  /** The client is its owner's, and stays open. */
  async close(): Promise<void> {
    this.#subscriptions.close();
    this.#membership?.leave();
  }
}

/** Its events as facts. "error" is also told of a connection that stands. */
function watchClient(client: NodeRedisClient): WatchClient {
  return ({ ready, gone, failed }) => {
    const goneUnlessReady = (): void => {
      if (!client.isReady) gone();
    };
    const onError = (error: unknown): void => {
      failed(withTls(describeError(error), tlsOf(client)));
      goneUnlessReady();
    };
    const listeners = { ready, error: onError, reconnecting: goneUnlessReady, end: goneUnlessReady };
    for (const [event, listener] of Object.entries(listeners)) client.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) client.off(event, listener);
    };
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
