/**
 * The script's answers as votes. A node's evidence, and the vote "granted", are made once per reply and shared by its
 * operations: nothing is allocated for an operation that was simply done.
 */
import { Buffer } from "node:buffer";
import type {
  Granted,
  Holder,
  LockMode,
  NodeEvidence,
  RefusedHeld,
  SharedHolder,
  Unknown,
  Vote,
} from "../core/vote.ts";
import type { Answer, BatchReply } from "./connection.ts";
import type { Operation } from "./operation.ts";

/** An adapter's answer to an operation that it did not write; see `Connection.execute`. */
export const notWritten = "NOTWRITTEN";

/** Whether it has the script's header; its answers may still be anything. */
export function isBatchReply(reply: unknown): reply is BatchReply {
  if (!Array.isArray(reply) || typeof reply[0] !== "string" || !isNumeral(reply[1]) || !isNumeral(reply[2]))
    return false;
  for (let at = 3; at < reply.length; at += 1) {
    const answer: unknown = reply[at];
    if (Array.isArray(answer) ? !answer.every(isScalar) : !isScalar(answer)) return false;
  }
  return true;
}

/** What a number or a text can be made of; of a map, as a proxy may answer one, neither, and to try throws. */
function isScalar(value: unknown): boolean {
  return value === null || !["object", "function", "symbol"].includes(typeof value);
}

/** For people, whatever it is. */
export function shownReply(reply: unknown): string {
  try {
    return String(reply).slice(0, 100);
  } catch {
    return `a strange ${typeof reply}`;
  }
}

/** Integers may come as strings of digits. */
function isNumeral(value: unknown): boolean {
  return typeof value === "number" || (typeof value === "string" && value !== "" && !Number.isNaN(Number(value)));
}

/** What one reply's answers have in common. */
export interface ReplyContext {
  readonly evidence: NodeEvidence;
  readonly granted: Granted;
}

export function replyContext(evidence: NodeEvidence): ReplyContext {
  return { evidence, granted: { outcome: "granted", evidence, deletedCount: 0 } };
}

/** In 2001: no node's clock shows less. */
const EARLIEST_CLOCK_US = 1e15;

/** The vote that an answer means for the operation it answers. */
export function decodeAnswer(operation: Operation, answer: Answer | undefined, context: ReplyContext): Vote {
  if (answer === undefined) return errorVote("the node's reply is too short", context.evidence);
  if (typeof answer === "object" && answer !== null) return decodeList(operation, answer, context);
  const count = isNumeral(answer) ? Number(answer) : -1;
  if (operation.kind === "release" && count > 0) {
    return { outcome: "granted", evidence: context.evidence, deletedCount: count };
  }
  if (operation.kind === "acquire" && count > EARLIEST_CLOCK_US) {
    return { outcome: "granted", evidence: context.evidence, deletedCount: 0, clockUs: count };
  }
  if ((operation.kind === "extend" || operation.kind === "share") && count === 2) {
    return { outcome: "granted", evidence: context.evidence, deletedCount: 0, isWanted: true };
  }
  return count === (operation.kind === "release" ? 0 : 1) ? context.granted : strangeAnswer(operation, answer, context);
}

function strangeAnswer({ kind }: Operation, answer: unknown, { evidence }: ReplyContext): Unknown {
  return errorVote(`the node answered ${kind} with ${String(answer)}`, evidence);
}

function decodeList(operation: Operation, answer: readonly (number | string)[], context: ReplyContext): Vote {
  const { evidence } = context;
  switch (answer[0]) {
    case "held":
      return {
        outcome: "refused",
        reason: "held",
        evidence,
        resourceIndex: Number(answer[1]),
        remainingMs: remainingMs(answer[2]),
        fence: Number(answer[3]),
        waitersAhead: Number(answer[4]) < 0 ? undefined : Number(answer[4]),
        ...heldBy(String(answer[5])),
        clockUs: Number(answer[6]),
      };
    case "stale":
      return { outcome: "refused", reason: "stale", evidence, fence: Number(answer[1]) };
    case "lost":
      return { outcome: "refused", reason: "lost", evidence, resourceIndex: Number(answer[1]) };
    case "slots":
      return {
        outcome: "granted",
        evidence,
        deletedCount: 0,
        fence: Number(answer[1]),
        slots: answer.slice(2).map(Number),
      };
    case "holders":
      return { outcome: "granted", evidence, deletedCount: 0, holders: holders(answer) };
    case "error":
      return errorVote(inSlotsOfOne(operation, String(answer[1])), evidence);
    default:
      return strangeAnswer(operation, answer, context);
  }
}

/** An operation that failed may have been done in part, so it must be rolled back; unless it was never written. */
function errorVote(answered: string, evidence: NodeEvidence): Unknown {
  const isWritten = !answered.startsWith(notWritten);
  const detail = isWritten ? answered : answered.slice(notWritten.length + 1);
  return { outcome: "unknown", reason: "error", detail, mayHold: isWritten, evidence };
}

/**
 * One resource's keys share a slot of a Redis Cluster: where they do not fit a call, what is in another slot is the record of
 * the node's memory, and that is so for every resource.
 */
export function inSlotsOfOne({ keys }: Pick<Operation, "keys">, answered: string): string {
  return keys.length === 1 && answered.startsWith("CROSSSLOT") ? `${answered} (of one resource)` : answered;
}

/** Whether a node that answered with this error will do what it was asked when it is asked again later. */
export function isPassing(detail: string): boolean {
  return /^(?:LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|MASTERDOWN)\b/.test(detail);
}

function remainingMs(answered: number | string | undefined): number {
  const remaining = Number(answered);
  return remaining < 0 ? Infinity : remaining;
}

/** Who keeps it, as far as that is one; a marker is nobody's token. */
function heldBy(text: string): Pick<RefusedHeld, "holder" | "mode"> {
  const mode = modeOf(text);
  if (mode !== "exclusive") return { mode };
  return text === "" ? { holder: text } : { holder: text, mode };
}

/** What a lock key holds says how it is held. */
export function modeOf(text: string): LockMode {
  return text.startsWith("shared ") ? "shared" : text.startsWith("permits ") ? "permits" : "exclusive";
}

/** "<life ms> <numbers or -> <length>:<token>" of each; what is none is left out. Lengths are in bytes. */
function besideHolders(text: string): SharedHolder[] {
  const found: SharedHolder[] = [];
  let bytes = Buffer.from(text);
  for (;;) {
    const [head, life, numbers, length] = /^(\d+) ([\d,]+|-) (\d+):/.exec(bytes.toString("latin1")) ?? [];
    if (head === undefined) return found;
    const end = head.length + Number(length);
    const slots = numbers === "-" ? [] : numbers!.split(",").map(Number);
    found.push({ token: bytes.subarray(head.length, end).toString(), remainingMs: Number(life), slots });
    bytes = bytes.subarray(end);
  }
}

function holders(answer: readonly (number | string)[]): Holder[] {
  const found: Holder[] = [];
  for (let at = 1; at + 4 < answer.length; at += 5) {
    const token = String(answer[at]);
    found.push({
      token: token === "" ? undefined : token,
      remainingMs: token === "" ? 0 : remainingMs(answer[at + 1]),
      fence: Number(answer[at + 2]),
      waiterCount: Number(answer[at + 3]),
      mode: modeOf(token),
      holders: besideHolders(String(answer[at + 4])),
    });
  }
  return found;
}
