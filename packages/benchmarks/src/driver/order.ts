/** What a driver process can be told to do, and what it answers. */
import type { PeerSetup } from "../peers/peer.ts";
import type { PeerName } from "../peers/peers.ts";

export interface OpenOrder extends PeerSetup {
  readonly kind: "open";
  readonly peer: PeerName;
}

/** So many callers, each with resources of its own, acquire and release as fast as they can. */
export interface CyclesOrder {
  readonly kind: "cycles";
  readonly callerCount: number;
  readonly resourcesPerLock: number;
  readonly durationMs: number;
}

/** Acquires so many locks with auto-extension, and resolves when the first renewals have been spread as they fall. */
interface HoldOrder {
  readonly kind: "hold";
  readonly lockCount: number;
}

/** Watches what is held for a while. */
interface KeepOrder {
  readonly kind: "keep";
  readonly durationMs: number;
}

/** So many callers of one process wait for a resource that somebody else holds. Ends with the process only. */
export interface WaitOrder {
  readonly kind: "wait";
  readonly resource: string;
  readonly waiterCount: number;
  readonly durationMs: number;
}

/** Takes one resource again and again, against other processes. */
export interface ContendOrder {
  readonly kind: "contend";
  readonly resource: string;
  readonly holdMs: number;
  /** From then on it counts, of the clock that all processes of the machine share. Contending begins `warmUpMs` before. */
  readonly startAtMs: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** How long after the end a waiter may take to get the resource once more, when nobody competes any longer. */
  readonly graceMs: number;
}

/** Opens so many contenders of a race: ours, each with connections of its own. */
export interface LineUpOrder extends PeerSetup {
  readonly kind: "line-up";
  readonly peer: PeerName;
  readonly racerCount: number;
  /** How many stand in other processes before these: it says which node each of these asks first. */
  readonly firstRacer: number;
}

/** All of them want one resource at one moment. */
export interface RaceOrder {
  readonly kind: "race";
  readonly resource: string;
  /** Of the clock that all processes of the machine share. */
  readonly startAtMs: number;
}

/** Ends the race that is on. */
interface RaceOverOrder {
  readonly kind: "race-over";
}

/** Takes one lock, and has it until told to let go. */
interface TakeOrder {
  readonly kind: "take";
  readonly resource: string;
}

/** Releases everything that is held. */
interface LetGoOrder {
  readonly kind: "let-go";
}

/** Lets the connections go; another peer can be opened. */
interface CloseOrder {
  readonly kind: "close";
}

export type Order =
  | OpenOrder
  | CyclesOrder
  | HoldOrder
  | KeepOrder
  | WaitOrder
  | ContendOrder
  | LineUpOrder
  | RaceOrder
  | RaceOverOrder
  | TakeOrder
  | LetGoOrder
  | CloseOrder;

/** What the driver's own process spent. */
export interface ClientCost {
  readonly cpuUs: number;
  /** Commands handed to the client library; scripts count as one. */
  readonly callCount: number;
}

export interface CyclesReport extends ClientCost {
  readonly elapsedMs: number;
  /** One per cycle, in milliseconds. */
  readonly latencies: Float64Array;
  /** Acquires or releases that were rejected. */
  readonly failureCount: number;
  /** Callers that did not come back within the grace after the end. */
  readonly hungCount: number;
}

export interface HoldReport {
  readonly heapBytesPerLock: number;
  readonly acquireElapsedMs: number;
}

export interface KeepReport extends ClientCost {
  readonly heldCount: number;
  readonly lostCount: number;
  readonly elapsedMs: number;
  readonly extendCount: number;
  /** The longest that any lock went without being extended, beyond a third of its TTL; 0 when none was late. */
  readonly longestLatenessMs: number;
}

export interface WaitReport extends ClientCost {
  readonly elapsedMs: number;
  readonly heapBytesPerWaiter: number;
}

export interface ContendReport extends ClientCost {
  /** asked, entered, left, asked, entered, left ... in milliseconds of the shared clock. */
  readonly moments: Float64Array;
  /** When it began to wait for what it did not get before the end; 0 where it was not waiting. */
  readonly waitingSinceMs: number;
  readonly failureCount: number;
  /** It did not come back within the grace after the end, and goes on asking. */
  readonly isHung: boolean;
}

/** How a winner won, and until when it held. */
export interface RaceReport {
  readonly wonAtMs: number;
  readonly leftAtMs: number;
  readonly roundCount: number;
}

/** The report that answers each kind of order. */
export interface Reports {
  readonly open: undefined;
  readonly cycles: CyclesReport;
  readonly hold: HoldReport;
  readonly keep: KeepReport;
  readonly wait: WaitReport;
  readonly contend: ContendReport;
  readonly "line-up": undefined;
  readonly race: undefined;
  readonly "race-over": readonly RaceReport[];
  readonly take: undefined;
  readonly "let-go": undefined;
  readonly close: undefined;
}

/** Whoever can be told: a process; in tests the same without one. */
export interface Driven {
  /** Resolves with the report on the order; rejects when it could not be carried out. */
  tell<Given extends Order>(order: Given): Promise<Reports[Given["kind"]]>;
  end(): Promise<void>;
}

export interface OrderMessage {
  readonly id: number;
  readonly order: Order;
}

export type AnswerMessage =
  | { readonly id: number; readonly report: unknown }
  | { readonly id: number; readonly error: string };
