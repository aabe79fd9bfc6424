/**
 * A program for node-redlock 5 that uses every export of its d.ts, as an app would. The same text is compiled against
 * that package and against ours, and run with both: see ../program.test.ts.
 */
import { EventEmitter } from "node:events";
import type { Cluster, Redis } from "ioredis";
import Redlock, {
  ExecutionError,
  Lock,
  ResourceLockedError,
  type ClientExecutionResult,
  type ExecutionResult,
  type ExecutionStats,
  type RedlockAbortSignal,
  type Settings,
} from "redlock";

type Client = Redis | Cluster;

const settings: Settings = {
  driftFactor: 0.01,
  retryCount: 2,
  retryDelay: 5,
  retryJitter: 5,
  automaticExtensionThreshold: 400,
};
const complete: Required<Settings> = { ...settings };
const names: Record<keyof Settings, true> = {
  driftFactor: true,
  retryCount: true,
  retryDelay: true,
  retryJitter: true,
  automaticExtensionThreshold: true,
};

/** Apps extend the class to count, to log, to prefix. */
class AppRedlock extends Redlock {
  readonly seen: Error[] = [];

  constructor(clients: Iterable<Client>, options?: Partial<Settings>) {
    super(clients, options);
    this.on("error", (error: Error) => this.seen.push(error));
  }

  override async acquire(resources: string[], duration: number, options?: Partial<Settings>): Promise<Lock> {
    return super.acquire(resources, duration, options);
  }

  override async release(lock: Lock, options?: Partial<Settings>): Promise<ExecutionResult> {
    const result: ExecutionResult = await super.release(lock, options);
    return { attempts: result.attempts };
  }

  override async extend(existing: Lock, duration: number, options?: Partial<Settings>): Promise<Lock> {
    return super.extend(existing, duration, options);
  }

  override async quit(): Promise<void> {
    await super.quit();
  }
}

function tell(result: ClientExecutionResult): string {
  return result.vote === "for" ? `for ${result.value.toFixed()}` : `against ${result.error.message}`;
}

/** As the app's own code tells votes apart. */
function listResults(stats: ExecutionStats): ClientExecutionResult[] {
  const votesFor: Set<Client> = stats.votesFor;
  const votesAgainst: Map<Client, Error> = stats.votesAgainst;
  return [
    ...[...votesFor].map((client) => ({ client, vote: "for" as const, value: 1 })),
    ...[...votesAgainst].map(([client, error]) => ({ client, vote: "against" as const, error })),
  ];
}

async function refusal(redlock: Redlock): Promise<ExecutionError> {
  try {
    await redlock.acquire(["a"], 1_000, { retryCount: 0 });
  } catch (error) {
    if (error instanceof ExecutionError) return error;
    throw error;
  }
  throw new Error("it was not held");
}

async function lockByHand(redlock: Redlock): Promise<number> {
  const lock: Lock = await redlock.acquire(["{a}1", "{a}2"], 5_000);
  const attempts: ReadonlyArray<Promise<ExecutionStats>> = lock.attempts;
  const again = new Lock(redlock, lock.resources, lock.value, attempts, lock.expiration);
  const next: Lock = await again.extend(4_000);
  const end: number = again.expiration;
  const { attempts: tries } = await next.release();
  const stats: readonly ExecutionStats[] = await Promise.all(tries);
  // Passed on as what a logger takes.
  const fields: Record<string, unknown> = stats[0]!;
  return end + Number(fields["quorumSize"]);
}

async function routine(signal: RedlockAbortSignal): Promise<string> {
  if (signal.aborted) throw signal.error ?? new Error("aborted");
  return "done";
}

export interface Findings {
  readonly errorJson: Record<string, unknown>;
  readonly errorKeys: readonly string[];
  readonly refusedJson: string;
  readonly results: readonly string[];
  readonly endedAt: number;
  readonly routineResults: readonly string[];
  readonly scripts: readonly boolean[];
  readonly isEmitter: boolean;
  readonly nullSettings: string;
  readonly seen: readonly string[];
}

/** Runs all of it on clients of its own, which it ends. */
export async function run(clients: Client[]): Promise<Findings> {
  const redlock = new AppRedlock(clients, complete);
  const plain: Redlock = new Redlock(clients, { retryCount: 0 });
  const scripted: Redlock = new Redlock(new Set(clients), settings, {
    acquireScript: (script: string): string => `-- ours\n${script}`,
    extendScript: (script) => script,
    releaseScript: (script) => script,
  });
  const lock = await redlock.acquire(["a"], 5_000, { retryDelay: 1 });
  const error = await refusal(redlock);
  const stats: ExecutionStats = await error.attempts[0]!;
  const refused: Error = [...stats.votesAgainst.values()][0]!;
  if (!(refused instanceof ResourceLockedError)) throw refused;
  await redlock.release(lock, { retryCount: 0 });
  const endedAt = await lockByHand(redlock);
  const routineResults: string[] = [
    await redlock.using(["a"], 5_000, routine),
    await redlock.using(["a"], 5_000, { automaticExtensionThreshold: 200 }, async (signal) => routine(signal)),
    await scripted.using<string>(["a"], 5_000, routine),
  ];
  // As plain JavaScript may call it.
  const nullSettings = (await redlock.acquire(["b"], 1_000, null as unknown as Partial<Settings>)).resources.join();
  const { acquireScript, extendScript, releaseScript }: Redlock["scripts"] = plain.scripts;
  const hashes: string[] = [acquireScript, extendScript, releaseScript].map(({ value, hash }) => `${hash}${value}`);
  for (const client of redlock.clients) await client.quit();
  return {
    errorJson: JSON.parse(JSON.stringify(error, ["name", "message"])) as Record<string, unknown>,
    errorKeys: Object.keys(error).sort(),
    refusedJson: JSON.stringify(refused),
    results: listResults(stats).map((result) => tell(result)),
    endedAt,
    routineResults,
    scripts: hashes.map((script) => /^[0-9a-f]{40}[^]*KEYS/.test(script)),
    isEmitter: redlock instanceof EventEmitter && Object.keys(names).length === 5,
    nullSettings,
    // Not which messages: that depends on when votes come.
    seen: [...new Set(redlock.seen.map(({ name }) => name))],
  };
}
