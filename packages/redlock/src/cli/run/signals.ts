/** Signals sent to us are meant for the command: while it runs they are passed on, before that they end the waiting. */
import { constants } from "node:os";
import process from "node:process";
import { exitCodes } from "../exit-codes.ts";

const forwarded: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
];

/** Not a reason to stop waiting for the lock. */
const harmless: readonly NodeJS.Signals[] = ["SIGWINCH"];

/** Why the waiting was ended. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = exitCodes.signalled + constants.signals[signal];
  }
}

export class SignalRelay {
  /** Aborts with `Interrupted` when a signal comes and no command is running that it could be passed to. */
  readonly interruption: AbortController = new AbortController();
  #receiver: ((signal: NodeJS.Signals) => void) | undefined;
  readonly #stops: (() => void)[] = [];

  /** `onStop`: Ctrl-Z was pressed. */
  constructor(onStop: () => void) {
    for (const signal of forwarded) this.#listen(signal, () => this.#take(signal));
    // A holder that stands still cannot extend its lock, and could not tell the command that it is lost.
    this.#listen("SIGTSTP", onStop);
  }

  passTo(receiver: (signal: NodeJS.Signals) => void): void {
    this.#receiver = receiver;
  }

  end(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #take(signal: NodeJS.Signals): void {
    if (this.#receiver !== undefined) this.#receiver(signal);
    else if (!harmless.includes(signal)) this.interruption.abort(new Interrupted(signal));
  }

  #listen(signal: NodeJS.Signals, listener: () => void): void {
    try {
      process.on(signal, listener);
      this.#stops.push(() => process.off(signal, listener));
    } catch {
      // A signal that this platform does not know.
    }
  }
}
