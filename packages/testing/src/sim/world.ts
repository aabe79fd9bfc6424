/**
 * The whole simulated world: nodes, a network, and processes that each run the real library. It is built from a plan,
 * run in virtual time, and judged by the oracles as it goes.
 */
import type { HistoryEvent, Moment } from "../history/event.ts";
import { Network } from "../rule/network.ts";
import { keepAnswers, type NodeAnswer } from "./answers.ts";
import { EPOCH_MS } from "./clock.ts";
import { scheduleFaults } from "./inject.ts";
import { Judge } from "./oracle/judge.ts";
import type { Violation } from "./oracle/ledger.ts";
import { LOOK_EVERY_MS } from "./oracle/waiting.ts";
import type { Plan } from "./plan.ts";
import { clocksOf, Population } from "./population.ts";
import { Prng } from "./prng.ts";
import { Scheduler } from "./scheduler.ts";
import { SimServer } from "./server.ts";
import type { Caller } from "./user/caller.ts";
import { askForAll } from "./user/last-call.ts";
import { Weather } from "./weather.ts";

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

class World {
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
  readonly population: Population = new Population(this);

  constructor(plan: Plan, options: WorldOptions = {}) {
    this.plan = plan;
    this.prng = new Prng(plan.seed);
    const networkPrng = this.prng.fork("network");
    this.network = new Network(() => networkPrng.next());
    this.servers = plan.nodes.map((machine, index) => {
      const name = `node ${index}`;
      return new SimServer(name, index, clocksOf(this.scheduler, machine), this.prng.fork(name));
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
    for (const [index] of plan.processes.entries()) this.population.start(index);
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
      await scheduler.run(
        plan.durationMs + mostMs,
        () => judge.isHopeless || this.callers().every(({ isBusy }) => !isBusy),
      );
      if (!judge.isHopeless) await scheduler.run(scheduler.nowMs + leastMs, () => judge.isHopeless);
      if (!judge.isHopeless) judge.atTheEnd(this.callers());
      const redlock = this.population.anyRedlock();
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
    return this.population.callers();
  }

  record(event: HistoryEvent): void {
    this.history.push(event);
  }

  now(): Moment {
    return { monotonicMs: this.scheduler.nowMs, wallMs: EPOCH_MS + this.scheduler.nowMs };
  }

  #lookAtWaiters(): void {
    this.scheduler.after(LOOK_EVERY_MS, () => {
      this.judge.waiting.look(this.scheduler.nowMs, this.population.promptCallers());
      this.#lookAtWaiters();
    });
  }

  /** All faults are over, and nothing new is begun. */
  #calm(): void {
    this.isQuiet = true;
    this.network.heal();
    this.record({ kind: "calmed", ...this.now() });
    this.population.calm();
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
