/** The processes of a simulated world, each with a machine, a Redlock and its callers: started, killed, closed, begun again. */
import type { Redlock } from "@quorate/redlock";

import { EPOCH_MS, MachineClocks } from "./clock.ts";
import type { Plan } from "./plan.ts";
import { SimProcess } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";
import { Caller } from "./user/caller.ts";
import type { Surroundings } from "./user/user.ts";
import { wireRedlock, type Wires } from "./wiring.ts";

interface Participant {
  readonly process: SimProcess;
  readonly redlock: Redlock;
  readonly callers: readonly Caller[];
}

export function clocksOf(scheduler: Scheduler, machine: Plan["processes"][number]): MachineClocks {
  return new MachineClocks(scheduler, { rate: machine.rate, wallAtZeroMs: EPOCH_MS + machine.wallOffsetMs });
}

export class Population {
  readonly #world: Surroundings & Wires;
  readonly #participants: Participant[] = [];
  #generation = 0;

  constructor(world: Surroundings & Wires) {
    this.#world = world;
  }

  /** Of all processes that run. */
  callers(): Caller[] {
    return this.#participants.flatMap(({ process, callers }) => (process.isKilled ? [] : callers));
  }

  /** Of all processes that run without a pause. */
  promptCallers(): Caller[] {
    return this.#participants.flatMap(({ process, callers }) => (process.isPrompt ? callers : []));
  }

  /** Of one process that runs. */
  anyRedlock(): Redlock | undefined {
    return this.#participants.find(({ process }) => !process.isKilled)?.redlock;
  }

  process(index: number): SimProcess | undefined {
    return this.#participants[index]?.process;
  }

  start(index: number): void {
    const { plan, scheduler } = this.#world;
    const machine = plan.processes[index];
    if (machine === undefined) return;
    const before = this.process(index);
    // Killed twice while it was down: the end of the first kill has started it already.
    if (before?.isKilled === false) return;
    // Killed while its machine was suspended: it is started when the machine runs again.
    before?.clocks.wake();
    this.#begin(index, before?.clocks ?? clocksOf(scheduler, machine));
  }

  kill(index: number): void {
    const participant = this.#participants[index];
    if (participant === undefined) return;
    participant.process.kill();
    for (const { name } of participant.callers)
      this.#world.record({ kind: "died", holder: name, ...this.#world.now() });
  }

  /** What it holds is given back, what it tries ends; and it goes on with another Redlock. */
  close(index: number): void {
    const participant = this.#participants[index];
    if (participant === undefined) return;
    const { process, redlock, callers } = participant;
    process.enter(() => {
      if (this.#participants[index] !== participant) return;
      for (const caller of callers) caller.retire();
      redlock.close().catch((error: unknown) => this.#world.judge.threw(error));
      this.#begin(index, process.clocks);
    });
  }

  /** Nothing interrupts them any more. */
  calm(): void {
    for (const { process } of this.#participants) process.interruptions = undefined;
  }

  #begin(index: number, clocks: MachineClocks): void {
    const world = this.#world;
    const { plan, scheduler, prng } = world;
    this.#generation += 1;
    const name = `p${index}`;
    const process = new SimProcess(name, clocks, scheduler, prng.fork(`${name} ${this.#generation}`));
    process.interruptions = world.isQuiet ? undefined : plan.interruptions;
    const redlock = wireRedlock(process, world);
    const callers = Array.from(
      { length: plan.callersPerProcess },
      (_, caller) => new Caller(world, process, redlock, `${name}.${this.#generation}.${caller}`),
    );
    this.#participants[index] = { process, redlock, callers };
    for (const caller of callers) caller.start();
  }
}
