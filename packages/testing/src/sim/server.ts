/**
 * A simulated redis-server process: the node model on a machine with a clock of its own, which can be stopped, killed
 * and started again with less memory than it had.
 */
import type { BatchReply, Operation } from "@quorate/redlock/node";

import type { MachineClocks } from "./clock.ts";
import { Keyspace } from "./keyspace.ts";
import { NodeModel } from "./node-model.ts";
import type { Prng } from "./prng.ts";
import { type Session, Sessions } from "./sessions.ts";
import { isLockKey } from "../lock-key.ts";

/**
 * What a restarted node still knows: everything (it synced every write), nothing, or what its last snapshot holds,
 * which can also bring a released lock back.
 */
export type MemoryAfterRestart = "kept" | "empty" | "snapshot";

/** Told after each script call, in true time and order; the reply may never arrive anywhere. */
export type ExecutionListener = (server: SimServer, operations: readonly Operation[], reply: BatchReply) => void;

/** A fleet that is there before its users: long enough for any restart guard. */
const UP_FOR_MS = 7 * 24 * 3_600_000;

/** One node; stop, kill, restart, flush and fill it, or step `clocks`. */
export class SimServer {
  readonly name: string;
  readonly index: number;
  readonly clocks: MachineClocks;
  readonly model: NodeModel;
  readonly sessions: Sessions = new Sessions();
  onExecuted: ExecutionListener | undefined;
  /** Called when keys were lost without anybody releasing them. */
  onMemoryLost: ((server: SimServer) => void) | undefined;
  /** Called when it may know less than before: started anew, or with other data. */
  onYoung: ((server: SimServer) => void) | undefined;
  isUp = true;
  #isScriptKnown = false;
  readonly #prng: Prng;
  #stops = 0;
  #backlog: (() => void)[] = [];
  #snapshot: Keyspace = new Keyspace();
  /** What a replica of it has received. */
  #replicated: Keyspace = new Keyspace();

  constructor(name: string, index: number, clocks: MachineClocks, prng: Prng) {
    this.name = name;
    this.index = index;
    this.clocks = clocks;
    this.#prng = prng;
    this.model = new NodeModel(prng.id(40), () => clocks.wallMs, UP_FOR_MS);
    this.model.listenerCount = (channel) => this.sessions.countListeners(channel);
  }

  /** Runs a request to the process `runId` when that process runs; not at all once it was killed. */
  whenRunning(runId: string, work: () => void): void {
    if (!this.isUp || runId !== this.model.runId) return;
    if (this.#stops > 0) this.#backlog.push(work);
    else work();
  }

  /** `undefined`: the node does not know the script (NOSCRIPT), as after every start. `carriesScript` teaches it. */
  execute(
    session: Session,
    operations: readonly Operation[],
    carriesScript: boolean,
    knownLife = "",
  ): BatchReply | undefined {
    const isKnown = this.#isScriptKnown && !session.refusesUntilScript;
    session.refusesUntilScript = !isKnown && !carriesScript;
    if (session.refusesUntilScript) return undefined;
    this.#isScriptKnown = true;
    const { reply, notices } = this.model.execute(operations, knownLife);
    // Its memory counts from the first touch: a record that was begun just now.
    if (reply[1] === 0 && reply[0].includes(" ")) this.onYoung?.(this);
    this.onExecuted?.(this, operations, reply);
    for (const notice of notices) this.sessions.publish(notice);
    return reply;
  }

  stop(): void {
    this.#stops += 1;
  }

  resume(): void {
    this.#stops = Math.max(0, this.#stops - 1);
    if (this.#stops > 0) return;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const work of backlog) work();
  }

  /** Ends every stop there is. */
  resumeAll(): void {
    this.#stops = 0;
    this.resume();
  }

  /** kill -9; with `silently` the whole machine is gone and no client is told. */
  kill(silently = false): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#backlog = [];
    this.#stops = 0;
    this.sessions.end(silently);
  }

  restart(memory: MemoryAfterRestart): void {
    if (this.isUp) this.kill();
    this.isUp = true;
    this.#isScriptKnown = false;
    this.model.restart(this.#prng.id(40), this.#remembered(memory));
    this.onYoung?.(this);
    if (memory !== "kept") this.onMemoryLost?.(this);
  }

  /** The lock keys that are alive; fences and waiting lines are not lock keys. */
  lockKeys(): string[] {
    const names = this.model.keyspace.names(Math.floor(this.clocks.wallMs));
    return names.filter(isLockKey);
  }

  /** What a later restart from a snapshot will find. */
  takeSnapshot(): void {
    this.#snapshot = this.model.keyspace.snapshot();
  }

  /** What a replica has received by now: for its promotion. */
  replicate(): void {
    this.#replicated = this.model.keyspace.snapshot();
  }

  /** Its replica, which has been running for long, answers at its address; `tells`: and says that it was promoted. */
  promoteReplica(tells: boolean): void {
    this.#succeed(false, this.#replicated, tells);
  }

  /** A spare server, which has been running for long and knows nothing, answers at its address. */
  moveToSpare(silently: boolean): void {
    this.#succeed(silently, new Keyspace(), false);
  }

  /** It becomes a replica of a master that knows nothing of the lock. */
  demote(): void {
    this.model.role = 1;
    this.flushAll();
  }

  /** REPLICAOF NO ONE. */
  promote(): void {
    if (this.model.role !== 1) return;
    this.model.promote(this.#prng.id(40));
    this.onYoung?.(this);
  }

  #succeed(silently: boolean, keyspace: Keyspace, wasPromoted: boolean): void {
    const wasUp = this.isUp;
    this.kill(silently);
    this.isUp = wasUp;
    this.#isScriptKnown = false;
    this.model.replace(this.#prng.id(40), keyspace.snapshot(), UP_FOR_MS, wasPromoted);
    this.onYoung?.(this);
    this.onMemoryLost?.(this);
  }

  flushAll(): void {
    this.model.flush();
    this.onYoung?.(this);
    this.onMemoryLost?.(this);
  }

  flushScripts(): void {
    this.#isScriptKnown = false;
  }

  /** Somebody else publishes something on the channel of the last notice. */
  publishNonsense(): void {
    this.sessions.publishNonsense(this.clocks, this.#prng);
  }

  #remembered(memory: MemoryAfterRestart): Keyspace {
    if (memory === "kept") return this.model.keyspace;
    return memory === "empty" ? new Keyspace() : this.#snapshot.snapshot();
  }
}
