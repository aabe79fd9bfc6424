/**
 * The whole simulated world: nodes, a network, and processes that each run the real library. It is built from a plan,
 * run in virtual time, and judged by the oracles as it goes.
 */
import type { Redlock } from "@quorate/redlock";

import type { HistoryEvent, Moment } from "../history/event.ts";
import { Network } from "../rule/network.ts";
import { keepAnswers, type NodeAnswer } from "./answers.ts";
import { MachineClocks } from "./clock.ts";
import { scheduleFaults } from "./inject.ts";
import { Judge } from "./oracle/judge.ts";
import type { Violation } from "./oracle/ledger.ts";
import { LOOK_EVERY_MS } from "./oracle/waiting.ts";
import type { Plan } from "./plan.ts";
import { Prng } from "./prng.ts";
import { SimProcess } from "./process.ts";
import { Scheduler } from "./scheduler.ts";
import { SimServer } from "./server.ts";
import { Caller } from "./user/caller.ts";
import { askForAll } from "./user/last-call.ts";
import { Weather } from "./weather.ts";
import { wireRedlock } from "./wiring.ts";

/** What a simulated run came to. */
export interface Outcome {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly acquiredCount: number;
  readonly refusedCount: number;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly history: readonly HistoryEvent[];
  /** What each node answered; only when asked for. */
  readonly answers: readonly NodeAnswer[];
}

/** What a run keeps besides its history. */
export interface WorldOptions {
  /** Keep what each node answered, for a report. */
  readonly traceAnswers?: boolean;
}

/** True time 0 is Midnight, 1 January 2026, by a wall clock that is right. */
export const EPOCH_MS = 1_767_225_600_000;

interface Participant {
  readonly process: SimProcess;
  readonly redlock: Redlock;
  readonly callers: readonly Caller[];
}

export class World {
  readonly plan: Plan;
  readonly scheduler: Scheduler = new Scheduler();
  readonly prng: Prng;
  readonly network: Network;
  readonly servers: readonly SimServer[];
  readonly weather: Weather;
  readonly judge: Judge;
  readonly history: HistoryEvent[] = [];
  readonly answers: NodeAnswer[] = [];
  isQuiet = false;
  #generation = 0;
  #participants: Participant[] = [];

  constructor(plan: Plan, options: WorldOptions = {}) {
    this.plan = plan;
    this.prng = new Prng(plan.seed);
    const networkPrng = this.prng.fork("network");
    this.network = new Network(() => networkPrng.next());
    this.servers = plan.nodes.map((machine, index) => {
      const name = `node ${index}`;
      return new SimServer(name, index, this.#clocksOf(machine), this.prng.fork(name));
    });
    const peers = plan.processes.map((_, index) => `p${index}`);
    // Ages are told in whole seconds.
    const guardMs = (plan.options.restartGuardMs ?? 0) * 1.03 + 1200;
    this.weather = new Weather(() => this.scheduler.nowMs, plan.nodes.length, peers, guardMs);
    this.judge = new Judge(this.servers, this.scheduler, plan, this.weather);
    if (options.traceAnswers === true) {
      const processOf = (token: string) => this.judge.ownerOfToken.get(token)?.process.name ?? "";
      keepAnswers(this.servers, () => this.scheduler.nowMs, processOf, this.answers);
    }
    for (const [index] of plan.processes.entries()) this.startProcess(index);
    scheduleFaults(this, plan.faults);
    if (this.judge.waiting.isArmed) this.#lookAtWaiters();
  }

  async run(): Promise<Outcome> {
    const { plan, scheduler, judge } = this;
    try {
      await scheduler.run(plan.durationMs, () => judge.isHopeless);
      judge.atTheTurn(this.callers());
      this.#calm();
      const [leastMs, mostMs] = plan.quietMs;
      await scheduler.run(plan.durationMs + mostMs, () => judge.isHopeless || this.#isIdle());
      if (!judge.isHopeless) await scheduler.run(scheduler.nowMs + leastMs, () => judge.isHopeless);
      if (!judge.isHopeless) judge.atTheEnd(this.callers());
      const redlock = this.#participants.find(({ process }) => !process.isKilled)?.redlock;
      if (redlock !== undefined && plan.habits.modes.length > 0)
        judge.waiting.cannotBeHad(await askForAll(redlock, plan, scheduler));
    } catch (error) {
      judge.threw(error);
    }
    return {
      plan,
      violations: judge.violations,
      acquiredCount: judge.ledger.grantedCount,
      refusedCount: judge.refusedCount,
      eventCount: scheduler.executedCount,
      simulatedMs: scheduler.nowMs,
      history: this.history,
      answers: this.answers,
    };
  }

  /** Of all processes that run. */
  callers(): Caller[] {
    return this.#participants.flatMap(({ process, callers }) => (process.isKilled ? [] : callers));
  }

  #isIdle(): boolean {
    return this.#participants.every(
      ({ process, callers }) => process.isKilled || callers.every(({ isBusy }) => !isBusy),
    );
  }

  process(index: number): SimProcess | undefined {
    return this.#participants[index]?.process;
  }

  record(event: HistoryEvent): void {
    this.history.push(event);
  }

  now(): Moment {
    return { monotonicMs: this.scheduler.nowMs, wallMs: EPOCH_MS + this.scheduler.nowMs };
  }

  startProcess(index: number): void {
    const machine = this.plan.processes[index];
    if (machine === undefined) return;
    // Killed twice while it was down: the end of the first kill has started it already.
    if (this.process(index)?.isKilled === false) return;
    // Killed while its machine was suspended: it is started when the machine runs again.
    this.#participants[index]?.process.clocks.wake();
    this.#begin(index, this.#participants[index]?.process.clocks ?? this.#clocksOf(machine));
  }

  #begin(index: number, clocks: MachineClocks): void {
    const { plan, scheduler } = this;
    this.#generation += 1;
    const name = `p${index}`;
    const process = new SimProcess(name, clocks, scheduler, this.prng.fork(`${name} ${this.#generation}`));
    process.interruptions = this.isQuiet ? undefined : plan.interruptions;
    const redlock = wireRedlock(process, this);
    const callers = Array.from(
      { length: plan.callersPerProcess },
      (_, caller) => new Caller(this, process, redlock, `${name}.${this.#generation}.${caller}`),
    );
    this.#participants[index] = { process, redlock, callers };
    for (const caller of callers) caller.start();
  }

  killProcess(index: number): void {
    const participant = this.#participants[index];
    if (participant === undefined) return;
    participant.process.kill();
    for (const { name } of participant.callers) this.record({ kind: "died", holder: name, ...this.now() });
  }

  /** What it holds is given back, what it tries ends; and it goes on with another Redlock. */
  closeProcess(index: number): void {
    const participant = this.#participants[index];
    if (participant === undefined) return;
    const { process, redlock, callers } = participant;
    process.enter(() => {
      if (this.#participants[index] !== participant) return;
      for (const caller of callers) caller.retire();
      redlock.close().catch((error: unknown) => this.judge.threw(error));
      this.#begin(index, process.clocks);
    });
  }

  #lookAtWaiters(): void {
    this.scheduler.after(LOOK_EVERY_MS, () => {
      const prompt = this.#participants.flatMap(({ process, callers }) => (process.isPrompt ? callers : []));
      this.judge.waiting.look(this.scheduler.nowMs, prompt);
      this.#lookAtWaiters();
    });
  }

  #clocksOf(machine: Plan["processes"][number]): MachineClocks {
    return new MachineClocks(this.scheduler, { rate: machine.rate, wallAtZeroMs: EPOCH_MS + machine.wallOffsetMs });
  }

  /** All faults are over, and nothing new is begun. */
  #calm(): void {
    this.isQuiet = true;
    this.network.heal();
    this.record({ kind: "calmed", ...this.now() });
    for (const { process } of this.#participants) process.interruptions = undefined;
    for (const server of this.servers) {
      server.model.outOfMemory = false;
      server.resumeAll();
      if (!server.isUp) server.restart("kept");
    }
  }
}

/** Runs it in virtual time; never rejects for what goes wrong in it, which is a violation. */
export function runPlan(plan: Plan, options: WorldOptions = {}): Promise<Outcome> {
  return new World(plan, options).run();
}
