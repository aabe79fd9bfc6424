/** `redlock run`: a command that runs only while the lock is held. */
import { hostname } from "node:os";
import process from "node:process";
import { NotIndependentError, RedlockError, ResourceLockedError } from "../../errors/errors.ts";
import type { Lock } from "../../lock/lock.ts";
import { hashOf } from "../../observe/tracing.ts";
import { Redlock } from "../../redlock.ts";
import { systemRuntime } from "../../runtime/system.ts";
import { exitCodes } from "../exit-codes.ts";
import { showDuration } from "../settings/duration.ts";
import { withConnectionName } from "../settings/node-url.ts";
import { offerInspect } from "../settings/offered.ts";
import { redlockOptions } from "../settings/settings.ts";
import type { Output } from "../terminal/output.ts";
import { CommandChild } from "./command-child.ts";
import { endCommand } from "./end-command.ts";
import { Guardian } from "./guardian.ts";
import { planLoss, ValidityRecord, type LossPlan } from "./loss-plan.ts";
import type { RunOptions } from "./run-options.ts";
import { Interrupted, SignalRelay } from "./signals.ts";

/** By this beginning of a connection's name doctor knows a run. */
export const runConnectionPrefix = "redlock-run";

/** Resolves with the exit code. Rejects with a `CliError` when the command cannot be executed. */
export async function run(options: RunOptions, output: Output): Promise<number> {
  const relay = new SignalRelay(() => output.note("not stopped: a holder that stands still would lose the lock."));
  const name = connectionName(options.resources);
  const urls = options.settings.urls.map((url) => withConnectionName(url, name));
  const redlock = Redlock.connect(urls, redlockOptions(options.settings));
  redlock.on("warning", ({ message }) => output.note(message));
  const plan = planLoss(options.ttlMs, options.graceMs);
  try {
    const lock = await acquire(redlock, options, plan, relay, output);
    return typeof lock === "number" ? lock : await runUnder(lock, redlock, options, plan, relay, output);
  } finally {
    await redlock.close();
    relay.end();
  }
}

/** The lock, or the exit code that says why there is none. */
async function acquire(
  redlock: Redlock,
  options: RunOptions,
  { safetyMarginMs }: LossPlan,
  relay: SignalRelay,
  output: Output,
): Promise<Lock | number> {
  const { resources, ttlMs, waitMs, beside, minHoldMs, label, heldExitCode } = options;
  if (waitMs > 0 && process.stderr.isTTY) tellOfWaiting(redlock, waitMs, output);
  const { signal } = relay.interruption;
  try {
    return await redlock.acquire(resources, ttlMs, {
      ...beside,
      waitMs,
      safetyMarginMs,
      minHoldMs,
      label,
      autoExtend: true,
      signal,
    });
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (!(error instanceof RedlockError)) throw error;
    if (error instanceof ResourceLockedError) {
      output.note(heldMessage(error, options));
      return heldExitCode;
    }
    output.note(error.message);
    return error instanceof NotIndependentError ? exitCodes.configuration : exitCodes.unavailable;
  }
}

/** Once for each reason, so that a user at a terminal sees why nothing happens. */
function tellOfWaiting(redlock: Redlock, waitMs: number, output: Output): void {
  const howLong = `${waitMs === Infinity ? "" : "up to "}${showDuration(waitMs)}...`;
  const told = new Set<string>();
  redlock.on("roundFailed", ({ reason }) => {
    if (reason === "stale" || told.has(reason)) return;
    told.add(reason);
    output.note(
      reason === "held" ? `held by someone else; waiting ${howLong}` : `no quorum of nodes; trying ${howLong}`,
    );
  });
}

function heldMessage(error: ResourceLockedError, { settings, beside }: RunOptions): string {
  const { lockedResource, remainingMs } = error;
  const most = remainingMs === Infinity ? "" : "at most ";
  return (
    `${JSON.stringify(lockedResource)} ${howHeld(error, beside)}, ${most}${showDuration(remainingMs)} unless ` +
    `extended. Who holds it, and who waits: ${offerInspect(settings, lockedResource)}`
  );
}

function howHeld({ mode, label }: ResourceLockedError, { permits, weight = 1 }: RunOptions["beside"]): string {
  if (mode === "shared") return "is shared by others";
  if (mode !== "permits") return `is held by someone else${label === undefined ? "" : ` (${label})`}`;
  if (permits === undefined) return "has permits taken by others";
  return weight === 1
    ? `has none of its ${permits} permits free`
    : `has fewer than ${weight} of its ${permits} permits free`;
}

async function runUnder(
  lock: Lock,
  redlock: Redlock,
  { command }: RunOptions,
  { graceMs }: LossPlan,
  relay: SignalRelay,
  output: Output,
): Promise<number> {
  const validity = new ValidityRecord();
  const note = (): void => validity.note(lock.remainingMs(), systemRuntime.readClocks());
  note();
  redlock.on("extended", note);
  const lost = new Promise<void>((resolve) => lock.signal.addEventListener("abort", () => resolve(), { once: true }));
  const { reason } = relay.interruption.signal;
  if (reason instanceof Interrupted) return reason.exitCode;

  const guardian = new Guardian(graceMs);
  const child = new CommandChild(command, { ...process.env, ...lockEnvironment(lock) });
  guardian.watch(child.groupId);
  relay.passTo((signal) => child.signal(signal));
  await child.started.finally(() => child.groupId ?? guardian.dismiss());
  const ending = await Promise.race([child.ended, lost]);
  if (ending === undefined) {
    output.note(`${messageOf(lock.signal.reason)} Ending the command.`);
    await endCommand(child, guardian, Math.min(graceMs, validity.remainingMs(systemRuntime.readClocks())));
  }
  guardian.dismiss();
  if (ending === undefined) return exitCodes.lost;
  await release(lock, output);
  return ending.exitCode;
}

/** The command's own exit code stands, whatever the nodes say now. */
async function release(lock: Lock, output: Output): Promise<void> {
  try {
    if ((await lock.release()) === "lost") output.note("The lock had ended before the command did.");
  } catch (error) {
    output.note(messageOf(error));
  }
}

function lockEnvironment(lock: Lock): Record<string, string> {
  return {
    ...(lock.mode === "permits" && { REDLOCK_PERMITS: lock.permits.join(",") }),
    REDLOCK_RESOURCE: lock.resources.join("\n"),
    REDLOCK_TOKEN: lock.token,
    REDLOCK_FENCING_TOKEN: String(lock.fencingToken ?? ""),
    REDLOCK_VALID_UNTIL: lock.validUntil.toISOString(),
  };
}

/** Names this process and its resources to those who may list a node's connections; each resource as a hash. */
function connectionName(resources: readonly string[]): string {
  const host = hostname().replaceAll(/[^\w.-]/g, "_");
  const hashes = resources.slice(0, 8).map((resource) => hashOf(resource).slice(0, 8));
  return [runConnectionPrefix, host, process.pid, hashes.join("+")].join(":");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
