/**
 * A node's connection over an ioredis client, `Redis` or `Cluster`, made by the user or by `connect.ts`.
 *
 * Writes only while the client says "ready", so that nothing waits in the client's offline queue to run late. What was
 * under way when the connection broke is answered with an error at once, whatever the client makes of it: some settings
 * repeat it after the reconnect, some forget it.
 */
import type { Connection, ConnectionListener, ReplyCallback } from "../connection.ts";
import type { NoticeListener } from "../node.ts";
import type { Operation } from "../operation.ts";
import { refusedAsWhole, ScriptCalls } from "../script-calls.ts";
import { type Membership, sharedClient } from "../shared-client.ts";
import { Subscriptions, Topics } from "../topics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type IoredisClient, nameOf } from "./client.ts";
import { splitBySlot } from "./cluster-slots.ts";
import { isWritable, ScriptCaller } from "./script-caller.ts";
import { AnswerWatch } from "./answer-watch.ts";
import { listen } from "./subscriber-connection.ts";
import { evictionWarning, unsafeSettings } from "./unsafe-settings.ts";
import { connectIfWaiting, isConnecting, watchClient } from "./watch-client.ts";

/** How long a client of ours may take to say goodbye. */
const quitPatienceMs = 200;

export interface IoredisConnectionOptions {
  readonly client: IoredisClient;
  readonly runtime: Runtime;
  /** What every lock key begins with, beside what the client itself puts before it. */
  readonly keyPrefix: string;
  /** Whether this library made the client: then it ends it, and need not judge its settings. */
  readonly isOurs: boolean;
}

export class IoredisConnection implements Connection {
  readonly name: string;
  readonly #client: IoredisClient;
  readonly #isOurs: boolean;
  readonly #runtime: Runtime;
  readonly #caller: ScriptCaller;
  readonly #calls: ScriptCalls;
  readonly #subscriptions: Subscriptions;
  /** A client that others use too is not broken for them. */
  readonly #watch: AnswerWatch | undefined;
  #membership: Membership | undefined;
  #isMemoryChecked = false;

  constructor(options: IoredisConnectionOptions) {
    this.#client = options.client;
    this.#isOurs = options.isOurs;
    this.#runtime = options.runtime;
    this.name = nameOf(options.client);
    this.#caller = new ScriptCaller(options.client, options.keyPrefix);
    this.#calls = new ScriptCalls(this.#caller, options.runtime, sharedClient(options.client));
    const { client, runtime, isOurs } = options;
    const { keyPrefix } = this.#caller;
    const makeTopics = (): Topics => new Topics(runtime, keyPrefix, (events) => listen(client, runtime, events));
    this.#subscriptions = new Subscriptions(() => sharedClient(client).topics(makeTopics));
    this.#watch = isOurs ? new AnswerWatch(runtime, client, () => this.#calls.oldest) : undefined;
  }

  get status(): "connecting" | "ready" | "down" {
    if (isWritable(this.#client)) return "ready";
    return !sharedClient(this.#client).wasDown && isConnecting(this.#client) ? "connecting" : "down";
  }

  open(listener: ConnectionListener): void {
    const user = {
      onReady: () => {
        this.#calls.forget();
        listener.onReady();
        this.#checkMemory(listener);
      },
      onDown: (detail: string) => {
        this.#calls.failAll(new Error(detail));
        listener.onDown(detail);
      },
    };
    this.#membership = sharedClient(this.#client).join(user, watchClient(this.#client));
    const unsafe = this.#isOurs ? undefined : unsafeSettings(this.#client, this.name);
    if (unsafe !== undefined) listener.onWarning("UNSAFE_CLIENT_SETTING", unsafe);
    if (this.status === "ready") this.#checkMemory(listener);
  }

  connect(): void {
    sharedClient(this.#client).awaitBy(this.#membership);
    connectIfWaiting(this.#client);
  }

  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    if (this.#client.isCluster) this.#executeBySlot(operations, onReply, wanted);
    else this.#calls.execute(operations, onReply, wanted);
    if (this.#watch?.isWatching === false) this.#watch.start();
  }

  #executeBySlot(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    const { parts, refused, refusal } = splitBySlot(operations, this.#caller.keyPrefix);
    for (const indexes of parts) {
      this.#calls.execute(
        indexes.map((index) => operations[index] as Operation),
        (error, reply) => onReply(error, reply, indexes),
        (at) => wanted(indexes[at] as number),
      );
    }
    if (refused.length > 0) onReply(undefined, refusedAsWhole(refusal, refused.length), refused);
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#subscriptions.subscribe(channels, listener);
  }

  async close(): Promise<void> {
    this.#subscriptions.close();
    this.#watch?.stop();
    if (this.#isOurs) {
      // ioredis prints errors that nobody listens to.
      this.#client.on("error", () => {});
      await this.#end();
    }
    this.#membership?.leave();
  }

  /** Once: whether the node may forget a lock under memory pressure. Without the permission to ask, silently not. */
  #checkMemory(listener: ConnectionListener): void {
    if (this.#isMemoryChecked) return;
    this.#isMemoryChecked = true;
    const shared = sharedClient(this.#client);
    shared.memoryWarning ??= new Promise((resolve) => {
      this.#caller.info("memory", (text) => {
        if (text === undefined) shared.memoryWarning = undefined;
        resolve(text === undefined ? undefined : evictionWarning(text, this.name));
      });
    });
    void this.#tellOfMemory(shared.memoryWarning, listener);
  }

  async #tellOfMemory(asked: Promise<string | undefined>, listener: ConnectionListener): Promise<void> {
    const warning = await asked;
    if (warning !== undefined) listener.onWarning("EVICTING_NODE", warning);
  }

  /** Lets what is under way finish; a node that does not answer is not waited for. */
  async #end(): Promise<void> {
    if (this.status !== "ready") {
      this.#client.disconnect();
      return;
    }
    const patience = this.#runtime.startTimer(quitPatienceMs, () => this.#client.disconnect());
    try {
      await this.#client.quit();
    } catch {
      // The connection broke meanwhile: it is closed all the same.
    }
    patience.cancel();
  }
}
