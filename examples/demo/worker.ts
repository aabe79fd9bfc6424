/** One worker process: takes the lock, changes the row, gives the lock back, again and again until told to finish. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock, type Lock } from "@quorate/redlock";
import { LockHistory, type HoldRecorder } from "@quorate/testing";
import type { FromWorker, Plan, ToWorker, WorkerSettings } from "./messages.ts";
import type { StoreAnswer, StoreRequest } from "./store.ts";

const resource = "demo:row";
const plans: Plan[] = [];
const answers = new Map<number, (answer: StoreAnswer) => void>();
const finish = new AbortController();
let askCount = 0;

process.on("message", (message: ToWorker) => {
  if (message.kind === "start") void work(message.settings);
  else if (message.kind === "plan") plans.push(message.plan);
  else if (message.kind === "finish") finish.abort();
  else answers.get(message.id)?.(message.answer);
});
// Ctrl-C reaches every process of the terminal: the stage decides what happens then.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit());

function tell(message: FromWorker): void {
  if (process.connected) process.send!(message);
}

function askStore(request: StoreRequest): Promise<StoreAnswer> {
  const id = ++askCount;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    tell({ kind: "ask", id, request });
  }).finally(() => answers.delete(id)) as Promise<StoreAnswer>;
}

async function work({ name, urls, ttlMs, guard }: WorkerSettings): Promise<void> {
  const redlock = Redlock.connect(urls, {
    waitMs: Infinity,
    retryDelayMs: 5,
    retryMaxDelayMs: 60,
    ...(guard ? {} : { restartGuardMs: 0 }),
  });
  const history = new LockHistory({ name, onLine: (line) => tell({ kind: "recorded", line }) });
  let hold: HoldRecorder | undefined;
  const watch = setInterval(() => tellKeptOut(redlock), 100);
  redlock.on("extended", () => {
    hold?.extended();
    tell({ kind: "extended" });
  });

  async function section(plan: Plan): Promise<void> {
    const attempt = history.attempt(name, resource);
    const options = { signal: finish.signal, autoExtend: plan !== "unextended" };
    await redlock.using(resource, ttlMs, options, async (_signal, lock) => {
      const recorder = attempt.granted(lock);
      hold = recorder;
      lock.signal.addEventListener("abort", () => {
        recorder.lost();
        tell({ kind: "lost", why: String(lock.signal.reason) });
      });
      await change(lock, plan, ttlMs);
      recorder.released();
      tell({ kind: "leaving" });
      hold = undefined;
    });
    tell({ kind: "left", plan });
  }

  while (!finish.signal.aborted) {
    try {
      await section(plans.shift() ?? "brief");
      await sleep(Math.random() * 10);
    } catch (error) {
      if (!finish.signal.aborted) tell({ kind: "failed", message: String(error) });
    }
  }
  clearInterval(watch);
  await redlock.close();
  // Messages arrive in the order they were sent: after the last one, none is lost.
  process.send!({ kind: "finished" } satisfies FromWorker, () => process.disconnect());
}

const toldUntilMs = new Map<string, number>();

/** Each vote of a node that is kept out says anew for how long, since servers tell their age in whole seconds. */
function tellKeptOut(redlock: Redlock): void {
  for (const { node, quarantinedForMs: forMs } of redlock.health().nodes) {
    const untilMs = forMs === 0 ? 0 : performance.now() + forMs;
    if (Math.abs(untilMs - (toldUntilMs.get(node) ?? 0)) < 20) continue;
    toldUntilMs.set(node, untilMs);
    tell({ kind: "kept-out", node, forMs });
  }
}

/** Reads, thinks, writes: what goes wrong when two do it at once. */
async function change(lock: Lock, plan: Plan, ttlMs: number): Promise<void> {
  const fencingToken = lock.fencingToken!;
  const untilMs = performance.now() + (plan === "long" ? 2.5 * ttlMs : 0);
  const thinkMs = plan === "deaf" ? 200 : plan === "unextended" ? 0.8 * ttlMs : 1 + Math.random() * 5;
  let entered = false;
  do {
    const read = await askStore({ verb: "read", fencingToken });
    if (!entered) tell({ kind: "entered", plan, fencingToken });
    entered = true;
    if (!read.accepted) return;
    await sleep(thinkMs);
    if (lock.signal.aborted && plan !== "deaf") return;
    await askStore({ verb: "write", fencingToken, row: { ...read.row, value: read.row.value + 1 } });
  } while (performance.now() < untilMs);
}
