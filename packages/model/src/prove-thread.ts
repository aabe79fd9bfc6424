/** One task in a thread of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { explore } from "./explore/explore.ts";
import { allGuards } from "./protocol/guards.ts";
import { Protocol } from "./protocol/protocol.ts";
import type { Task } from "./prove-all.ts";

const { task, maxStates } = workerData as { readonly task: Task; readonly maxStates: number };
const guards = { ...allGuards, ...Object.fromEntries(task.off.map((guard) => [guard, false])) };
const port = parentPort!;
// The rule knows only windows, where a message needs a target.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
port.postMessage(explore(new Protocol(task.shape, task.features, guards), maxStates));
