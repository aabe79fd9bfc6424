/** One line per step: a step that passes says so in one line, a step that fails shows all that it printed. */
import { spawn } from "node:child_process";

const patienceMs = 15_000;

/** A failure that needs no stack trace: the message tells a person what to do. */
export class Stop extends Error {}

/**
 * Runs `work` under a title and prints one line with its duration, or the reason of its failure.
 * Where it takes long it says every 15 seconds that it is still at it.
 */
export async function step(title, work) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const stillAtIt = setInterval(() => console.log(`     ${title}: still at it after ${seconds()}`), patienceMs);
  try {
    const note = await work();
    console.log(`ok   ${title}${typeof note === "string" ? ` (${note})` : ""}, ${seconds()}`);
  } catch (error) {
    console.log(`FAIL ${title}, ${seconds()}`);
    throw error;
  } finally {
    clearInterval(stillAtIt);
  }
}

/**
 * Runs a command and keeps its output back; rejects with the whole output where it does not exit with 0. One that takes
 * longer than `patienceMs` is ended.
 */
export async function runQuietly([command, ...args], { env = process.env, cwd, patienceMs: mostMs } = {}) {
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: mostMs,
    killSignal: "SIGKILL",
  });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  const code = await ended(child, command);
  const output = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Stop(`${[command, ...args].join(" ")} exited with ${code}:\n${output.trimEnd()}`);
  return output;
}

/** Runs a command on this terminal and resolves with its exit code; a signal sent to us is passed on to it. */
export async function runInView([command, ...args], { env = process.env, cwd } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: "inherit" });
  const passOn = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await ended(child, command);
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}

function ended(child, command) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Stop(`Cannot run ${command}: ${error.message}`)));
    // Ended by a signal: no code.
    child.once("close", (code) => resolve(code ?? 1));
  });
}
