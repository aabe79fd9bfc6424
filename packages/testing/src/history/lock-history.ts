/**
 * What was seen of a lock, for the checkers: an append-only log that any number of processes of one machine write
 * separately and that is merged afterwards. It is written by the lock's users, not by the lock: what counts is what
 * they were told.
 */
import type { HistoryEvent, Inspected, Moment } from "./event.ts";
import { AttemptRecorder, HoldRecorder, type AskedBeside, type AttemptName, type LockView } from "./recorder.ts";

/** Where a history gets its time, and where its lines go. */
export interface LockHistoryOptions {
  /**
   * Goes into the names of attempts, so that histories can be merged.
   * @default the process id
   */
  readonly name?: string;
  /** @default the system's clocks */
  readonly readClocks?: () => Moment;
  /**
   * Gets each event as a line of JSON, without its line feed, at once: where the process may be killed, write it
   * synchronously.
   */
  readonly onLine?: (line: string) => void;
  /**
   * Off, events only go to `onLine`: for a process that runs for hours.
   * @default true
   */
  readonly keepsEvents?: boolean;
}

/** An append-only log of attempts, grants, extensions, losses and releases. */
export class LockHistory {
  readonly #name: string;
  readonly #readClocks: () => Moment;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #keepsEvents: boolean;
  readonly #events: HistoryEvent[] = [];
  #attemptCount = 0;

  constructor(options: LockHistoryOptions = {}) {
    this.#name = options.name ?? String(process.pid);
    this.#readClocks = options.readClocks ?? readSystemClocks;
    this.#onLine = options.onLine;
    this.#keepsEvents = options.keepsEvents ?? true;
  }

  /** One history of several, in the order of the monotonic clock. */
  static merge(histories: Iterable<LockHistory>): LockHistory {
    const merged = new LockHistory();
    // Not spread into one call: a run of hours has more events than a call may have arguments.
    for (const history of histories) for (const event of history.#events) merged.#events.push(event);
    merged.#events.sort((a, b) => a.monotonicMs - b.monotonicMs);
    return merged;
  }

  /** Reads what `toJSONLines` or `onLine` gave. A last line that was cut off by its writer's death is left out. */
  static parse(lines: string): LockHistory {
    const history = new LockHistory();
    const whole = lines.slice(0, lines.lastIndexOf("\n") + 1);
    for (const line of whole.split("\n")) if (line !== "") history.append(JSON.parse(line) as HistoryEvent);
    return history;
  }

  /** In the order recorded. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** Call right before acquire. `holder`: who asks, unique in the whole history. `beside`: how, where not exclusively. */
  attempt(holder: string, resources: string | readonly string[], beside: AskedBeside = {}): AttemptRecorder {
    return new AttemptRecorder(this, this.#nameAttempt(holder, resources, beside));
  }

  /** This holder took over a lock that another one had acquired: `Redlock#adopt`. */
  adopted(
    holder: string,
    resources: string | readonly string[],
    lock: LockView,
    beside: AskedBeside = {},
  ): HoldRecorder {
    return new HoldRecorder(this, this.#nameAttempt(holder, resources, beside), lock);
  }

  /** This holder's process was killed, and is gone. */
  died(holder: string): void {
    this.append({ kind: "died", ...this.now(), holder });
  }

  /** All is quiet, and these lock keys lie on this node. */
  inspected(node: number, found: Inspected["found"]): void {
    this.append({ kind: "inspected", ...this.now(), node, found });
  }

  /** Faults begin that may keep everybody from acquiring. */
  disturbed(cause: string): void {
    this.append({ kind: "disturbed", ...this.now(), cause });
  }

  /** All such faults are over. */
  calmed(): void {
    this.append({ kind: "calmed", ...this.now() });
  }

  /** For recorders and for hand-written histories. */
  append(event: HistoryEvent): void {
    if (this.#keepsEvents) this.#events.push(event);
    this.#onLine?.(JSON.stringify(event));
  }

  /** Reads both clocks. */
  now(): Moment {
    return this.#readClocks();
  }

  toJSONLines(): string {
    return this.#events.map((event) => `${JSON.stringify(event)}\n`).join("");
  }

  #nameAttempt(holder: string, resources: string | readonly string[], beside: AskedBeside): AttemptName {
    this.#attemptCount += 1;
    return {
      holder,
      attempt: `${this.#name}-${this.#attemptCount}`,
      resources: typeof resources === "string" ? [resources] : [...resources],
      ...beside,
    };
  }
}

/** `process.hrtime` and not `performance.now`: the latter counts from each process's own start. */
function readSystemClocks(): Moment {
  return { monotonicMs: Number(process.hrtime.bigint()) / 1e6, wallMs: Date.now() };
}
