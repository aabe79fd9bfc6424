/** The users' processes of a torture or a soak: started, stopped, killed, started again, and asked to finish. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { LockHistory } from "../history/lock-history.ts";
import type { Prng } from "../sim/prng.ts";
import { pidFileName } from "../redis/watchdog.ts";
import type { FromUser, ToUser, UserOrder } from "./order.ts";

/** From this file's place in src/ and in dist/ alike: a process of its own needs what was built. */
const tortureUser: Program = { path: fileURLToPath(new URL("../../dist/torture/user.js", import.meta.url)), flags: [] };
/** Whoever has not finished by then hangs. */
const FINISHED_WITHIN_MS = 60_000;

/** All that is the same for every user. */
export type CrewOrder = Omit<UserOrder, "name" | "urls" | "seed" | "eventFile">;

/** What a user's process runs, and Node's own flags for it. */
export interface Program {
  readonly path: string;
  readonly flags: readonly string[];
}

interface User {
  readonly name: string;
  readonly eventFile: string;
  readonly process: ChildProcess;
}

export class Crew {
  readonly faults: string[] = [];
  handedOverCount = 0;
  killedCount = 0;
  /** Told what a user says, and from which place. */
  onMessage: ((message: unknown, place: number) => void) | undefined;
  readonly #program: Program;
  readonly #folder: string;
  readonly #order: CrewOrder;
  readonly #prng: Prng;
  readonly #urlsFor: (place: string) => Promise<readonly string[]>;
  readonly #users: (User | undefined)[];
  readonly #names: string[] = [];
  readonly #deaths = new LockHistory();
  #isFinishing = false;

  /** `folder`: a watchdog's, which ends them with this process, also those that are stopped. `urlsFor`: the nodes, as the users of one place reach them. */
  constructor(
    count: number,
    folder: string,
    order: CrewOrder,
    prng: Prng,
    urlsFor: (place: string) => Promise<readonly string[]>,
    program: Program = tortureUser,
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#order = order;
    this.#prng = prng;
    this.#urlsFor = urlsFor;
    this.#users = Array.from({ length: count }, () => undefined);
  }

  get size(): number {
    return this.#users.length;
  }

  async startAll(): Promise<void> {
    for (let place = 0; place < this.size; place += 1) await this.start(place);
  }

  /**
   * Places have names in the network's faults; whoever is started there again has another name in the history. Of two that
   * killed and start one place the second does nothing: nobody would ask the first one's process to finish.
   */
  async start(place: number): Promise<void> {
    const urls = await this.#urlsFor(placeName(place));
    if (this.#users[place] !== undefined) return;
    const name = `${placeName(place)}.${this.#names.length}`;
    this.#names.push(name);
    const eventFile = this.#fileOf(name);
    mkdirSync(dirname(eventFile));
    const order: UserOrder = { ...this.#order, name, urls, seed: this.#prng.nextUint32(), eventFile };
    const child = fork(this.#program.path, [JSON.stringify(order)], {
      execArgv: [...this.#program.flags],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    writeFileSync(join(dirname(eventFile), pidFileName), `${child.pid}\n`);
    const user: User = { name, eventFile, process: child };
    this.#users[place] = user;
    child.on("message", (message: FromUser) => {
      this.#hear(message);
      this.onMessage?.(message, place);
    });
    child.once("exit", (code, signal) => {
      if (signal !== "SIGKILL" && code !== 0) this.faults.push(`${name} ended with ${signal ?? `code ${code}`}`);
    });
  }

  /** Whether somebody runs there to be told. */
  send(place: number, message: object): boolean {
    const child = this.#users[place]?.process;
    if (child?.connected !== true) return false;
    child.send(message, () => undefined);
    return true;
  }

  pause(place: number): void {
    this.#users[place]?.process.kill("SIGSTOP");
  }

  resume(place: number): void {
    this.#users[place]?.process.kill("SIGCONT");
  }

  /** SIGKILL; resolves when it is gone. The place is free at once. */
  async kill(place: number): Promise<void> {
    const user = this.#users[place];
    this.#users[place] = undefined;
    if (user === undefined || hasEnded(user.process)) return;
    const gone = once(user.process, "exit");
    user.process.kill("SIGKILL");
    await gone;
    this.#deaths.died(user.name);
    this.killedCount += 1;
  }

  /** Resolves when all have given everything back and ended by themselves. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await Promise.all(
      this.#users.map(async (user) => {
        if (user === undefined || hasEnded(user.process)) return;
        const gone = once(user.process, "exit");
        const timer = setTimeout(() => {
          this.faults.push(`${user.name} did not finish`);
          user.process.kill("SIGKILL");
        }, FINISHED_WITHIN_MS);
        user.process.kill("SIGCONT");
        user.process.send({ finish: true } satisfies ToUser, () => undefined);
        await gone;
        clearTimeout(timer);
      }),
    );
  }

  /** What all of them did until now, by the one monotonic clock of this machine. */
  history(): LockHistory {
    const histories = this.#names.map((name) => LockHistory.parse(readWhole(this.#fileOf(name))));
    return LockHistory.merge([...histories, this.#deaths]);
  }

  #fileOf(name: string): string {
    return join(this.#folder, name, "history.jsonl");
  }

  #hear(message: FromUser): void {
    if ("fault" in message) this.faults.push(message.fault);
    if (!("handedOver" in message) || this.#isFinishing) return;
    this.handedOverCount += 1;
    const receiver = this.#prng.pick(this.#users)?.process;
    // It may have been killed just now; then the lock ends by its TTL.
    if (receiver?.connected === true) receiver.send({ adopt: message.handedOver } satisfies ToUser, () => undefined);
  }
}

/** In the network's faults. */
export function placeName(place: number): string {
  return `user${place}`;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function readWhole(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It was killed before it had opened its file.
    return "";
  }
}
