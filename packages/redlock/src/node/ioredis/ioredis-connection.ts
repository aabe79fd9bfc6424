/**
 * A node's connection over an ioredis client, `Redis` or `Cluster`, made by the user or by `connect.ts`.
 *
 * Writes only while the client says "ready", so that nothing waits in the client's offline queue to run late. What was
 * under way when the connection broke is answered with an error at once, whatever the client makes of it: some settings
 * repeat it after the reconnect, some forget it.
 */
import type { Answer, BatchReply, Connection, ConnectionListener, ReplyCallback } from "../connection.ts";
import { notWritten } from "../decode.ts";
import { KnownServer } from "../known-server.ts";
import type { NoticeListener } from "../node.ts";
import type { Operation } from "../operation.ts";
import { Topics } from "../topics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type IoredisClient, nameOf } from "./client.ts";
import { splitBySlot } from "./cluster-slots.ts";
import { ClientEvents } from "./client-events.ts";
import { ScriptCaller } from "./script-caller.ts";
import { AnswerWatch } from "./answer-watch.ts";
import { listen } from "./subscriber-connection.ts";
import { evictionWarning, unsafeSettings } from "./unsafe-settings.ts";

/** How long a client of ours may take to say goodbye. */
const quitPatienceMs = 200;

/** One script call that is under way. */
interface Call {
  readonly operations: readonly Operation[];
  readonly onReply: ReplyCallback;
  readonly wanted: (index: number) => boolean;
  readonly indexes: readonly number[] | undefined;
}

export interface IoredisConnectionOptions {
  readonly client: IoredisClient;
  readonly runtime: Runtime;
  /** Whether this library made the client: then it ends it, and need not judge its settings. */
  readonly isOurs: boolean;
}

export class IoredisConnection implements Connection {
  readonly name: string;
  readonly #client: IoredisClient;
  readonly #isOurs: boolean;
  readonly #runtime: Runtime;
  readonly #caller: ScriptCaller;
  readonly #server: KnownServer;
  readonly #topics: Topics;
  /** A client that others use too is not broken for them. */
  readonly #watch: AnswerWatch | undefined;
  readonly #underWay = new Set<Call>();
  #events: ClientEvents | undefined;
  #isMemoryChecked = false;

  constructor(options: IoredisConnectionOptions) {
    this.#client = options.client;
    this.#isOurs = options.isOurs;
    this.#runtime = options.runtime;
    this.name = nameOf(options.client);
    this.#caller = new ScriptCaller(options.client);
    this.#server = new KnownServer(options.runtime);
    const { client, runtime, isOurs } = options;
    this.#topics = new Topics(runtime, this.#caller.keyPrefix, (events) => listen(client, runtime, events));
    this.#watch = isOurs ? new AnswerWatch(runtime, client, () => this.#underWay.values().next().value) : undefined;
  }

  get status(): "connecting" | "ready" | "down" {
    if (isWritable(this.#client)) return "ready";
    return this.#events === undefined || this.#events.isFirstConnecting ? "connecting" : "down";
  }

  open(listener: ConnectionListener): void {
    this.#events = new ClientEvents(this.#client, {
      onReady: () => {
        this.#caller.forget();
        listener.onReady();
        this.#checkMemory(listener);
      },
      onDown: (detail) => {
        this.#failAll(new Error(detail));
        listener.onDown(detail);
      },
    });
    this.#events.start();
    const unsafe = this.#isOurs ? undefined : unsafeSettings(this.#client, this.name);
    if (unsafe !== undefined) listener.onWarning("UNSAFE_CLIENT_SETTING", unsafe);
    if (this.status === "ready") this.#checkMemory(listener);
  }

  execute(operations: readonly Operation[], onReply: ReplyCallback, wanted: (index: number) => boolean): void {
    if (!this.#client.isCluster) {
      this.#write({ operations, onReply, wanted, indexes: undefined });
      return;
    }
    const { parts, refused, refusal } = splitBySlot(operations, this.#caller.keyPrefix);
    for (const indexes of parts) {
      this.#write({ operations: indexes.map((index) => operations[index] as Operation), onReply, wanted, indexes });
    }
    if (refused.length > 0) onReply(undefined, refusedAsWhole(refusal, refused.length), refused);
  }

  subscribe(channels: readonly string[], listener: NoticeListener): () => void {
    return this.#topics.subscribe(channels, listener);
  }

  async close(): Promise<void> {
    this.#topics.close();
    this.#watch?.stop();
    // A client of ours keeps its error listener: ioredis prints errors that nobody listens to.
    if (this.#isOurs) await this.#end();
    else this.#events?.stop();
  }

  #write(call: Call): void {
    const asked = this.#server.ask(call.operations);
    // The shards of a Cluster have a life each.
    const knownLife = this.#client.isCluster ? "" : asked.id;
    this.#underWay.add(call);
    this.#watch?.start();
    this.#caller.call(call.operations, knownLife, (outcome) => {
      if (!this.#underWay.delete(call)) return;
      if ("reply" in outcome) call.onReply(undefined, this.#server.complete(outcome.reply, asked), call.indexes);
      else if ("refusal" in outcome) this.#refused(call, outcome.refusal);
      else call.onReply(outcome.failure, undefined, call.indexes);
    });
  }

  #refused(call: Call, refusal: string): void {
    if (!refusal.startsWith("NOSCRIPT")) {
      call.onReply(undefined, refusedAsWhole(refusal, call.operations.length), call.indexes);
      return;
    }
    this.#caller.forget();
    this.#writeAgain(call);
  }

  /** The node did not know the script: once more, with its text, what is still wanted. */
  #writeAgain(call: Call): void {
    const isWanted = call.operations.map((_operation, at) => call.wanted(call.indexes?.[at] ?? at));
    if (this.status !== "ready") {
      call.onReply(new Error("the connection was lost"), undefined, call.indexes);
      return;
    }
    const operations = call.operations.filter((_operation, at) => isWanted[at]);
    const onReply: ReplyCallback = (error, reply) => {
      call.onReply(error, reply === undefined ? undefined : withGaps(reply, isWanted), call.indexes);
    };
    if (operations.length === 0) onReply(undefined, ["", -1, 0]);
    else this.#write({ operations, onReply, wanted: () => true, indexes: undefined });
  }

  #failAll(error: Error): void {
    const calls = [...this.#underWay];
    this.#underWay.clear();
    for (const call of calls) call.onReply(error, undefined, call.indexes);
  }

  /** Once: whether the node may forget a lock under memory pressure. Without the permission to ask, silently not. */
  #checkMemory(listener: ConnectionListener): void {
    if (this.#isMemoryChecked) return;
    this.#isMemoryChecked = true;
    this.#caller.info("memory", (text) => {
      const warning = text === undefined ? undefined : evictionWarning(text, this.name);
      if (warning !== undefined) listener.onWarning("EVICTING_NODE", warning);
    });
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

/** ioredis says "ready" until the close of a broken stream was processed; what is written then waits in a queue. */
function isWritable(client: IoredisClient): boolean {
  if (client.status !== "ready") return false;
  return (client as { readonly stream?: { readonly writable?: boolean } }).stream?.writable !== false;
}

function refusedAsWhole(refusal: string, operationCount: number): BatchReply {
  const answers: Answer[] = Array.from({ length: operationCount }, () => ["error", refusal]);
  return ["", -1, 0, ...answers];
}

/** A reply to the wanted operations as one to all of them. */
function withGaps(reply: BatchReply, isWanted: readonly boolean[]): BatchReply {
  let at = 3;
  const answers = isWanted.map((wanted): Answer => {
    if (wanted) return reply[at++] as Answer;
    return ["error", `${notWritten} the round was over before the node knew the script`];
  });
  return [reply[0], reply[1], reply[2], ...answers];
}
