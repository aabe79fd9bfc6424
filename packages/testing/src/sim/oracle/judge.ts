/** All oracles together: what the world tells of, and who has to hear it. */
import type { ExtendedEvent, RedlockError } from "@quorate/redlock";
import type { BatchReply, Operation } from "@quorate/redlock/node";

import type { Plan } from "../plan.ts";
import type { SimProcess } from "../process.ts";
import { Prng } from "../prng.ts";
import type { Scheduler } from "../scheduler.ts";
import type { SimServer } from "../server.ts";
import type { Asker, PendingCall } from "../user/pending-call.ts";
import type { Weather } from "../weather.ts";
import { CauseOracle } from "./cause.ts";
import { type Claim, READING_ERROR_MS } from "./claim.ts";
import { EndsOracle } from "./ends.ts";
import { ExclusionOracle } from "./exclusion.ts";
import { FencingOracle } from "./fencing.ts";
import { LeaseOracle } from "./lease.ts";
import { Ledger, Verdicts, type Violation } from "./ledger.ts";
import { NeighbourOracle } from "./neighbours.ts";
import { NestedOracle } from "./nested.ts";
import { findOrphans, type TokenOwner } from "./orphan.ts";
import { RevivalOracle } from "./revival.ts";
import { RollbackOracle } from "./rollback.ts";
import { TurnOracle } from "./turn.ts";
import { WaitingOracle } from "./waiting.ts";

/** One violation usually brings more; the first ones are the ones to read. */
const ENOUGH_VIOLATIONS = 5;

export class Judge {
  readonly ledger: Ledger = new Ledger();
  /** Who drew each token and when, whether or not it won. */
  readonly ownerOfToken: Map<string, TokenOwner> = new Map();
  refusedCount = 0;
  readonly #scheduler: Scheduler;
  readonly #plan: Plan;
  readonly #servers: readonly SimServer[];
  readonly #verdicts: Verdicts;
  readonly #exclusion: ExclusionOracle;
  readonly #fencing: FencingOracle;
  readonly #lease: LeaseOracle;
  readonly #revival: RevivalOracle;
  readonly #rollback: RollbackOracle;
  readonly #cause: CauseOracle;
  readonly #ends: EndsOracle | undefined;
  readonly #turn: TurnOracle;
  readonly #memoryLostAtMs = new Map<number, number>();
  readonly #neighbours: NeighbourOracle | undefined;
  readonly waiting: WaitingOracle;
  readonly nested: NestedOracle;

  constructor(servers: readonly SimServer[], scheduler: Scheduler, plan: Plan, weather: Weather) {
    this.#scheduler = scheduler;
    this.#plan = plan;
    this.#servers = servers;
    this.#verdicts = new Verdicts(plan.oracles, () => scheduler.nowMs);
    this.#exclusion = new ExclusionOracle(this.ledger, this.#verdicts);
    this.#fencing = new FencingOracle(this.#verdicts);
    this.#lease = new LeaseOracle(servers, this.ledger, this.#verdicts, plan.options.keyPrefix ?? "");
    this.#revival = new RevivalOracle(this.#verdicts, servers.length);
    this.#rollback = new RollbackOracle(this.#verdicts);
    this.#cause = new CauseOracle(plan, servers, this.#verdicts, weather);
    if (plan.habits.modes.length > 0) this.#ends = new EndsOracle(this.#verdicts);
    this.#turn = new TurnOracle(plan, this.#verdicts);
    this.waiting = new WaitingOracle(plan, servers, this.#verdicts, this.ledger);
    this.nested = new NestedOracle(this.#verdicts);
    const lockKeys = plan.habits.resources.map((resource) => (plan.options.keyPrefix ?? "") + resource);
    if (plan.hasNeighbours) {
      this.#neighbours = new NeighbourOracle(servers[0]!, lockKeys, new Prng(plan.seed), this.#verdicts);
      weather.disturb({ nodes: [0] }, 0);
    }
    for (const server of servers) {
      server.onExecuted = (by, operations, reply) => this.#executed(by, operations, reply);
      server.onYoung = ({ index }) => weather.forgot(index);
      server.onMemoryLost = ({ index }) => {
        this.#memoryLostAtMs.set(index, scheduler.nowMs);
        this.#lease.memoryLost(index, scheduler.nowMs);
        this.#rollback.memoryLost(index);
        this.#revival.memoryLost(index);
      };
    }
  }

  get violations(): readonly Violation[] {
    return this.#verdicts.violations;
  }

  get isHopeless(): boolean {
    return this.violations.length >= ENOUGH_VIOLATIONS;
  }

  granted(claim: Claim, call: PendingCall, callers: readonly Asker[]): void {
    this.ledger.add(claim);
    this.#cause.granted(claim);
    this.#turn.granted(call, callers);
    this.#exclusion.granted(claim, this.#scheduler.nowMs);
    this.#fencing.granted(claim);
    this.#lease.check(claim, "when granted,");
  }

  /** Another handle of a lock that is held already. */
  adopted(claim: Claim): void {
    this.ledger.add(claim);
    this.#exclusion.adopted(claim);
    this.#lease.check(claim, "when adopted,");
  }

  /** An acquire was refused for another reason than that somebody has it. */
  refused(call: PendingCall, process: SimProcess, error: RedlockError): void {
    this.#cause.refused(call, process, error);
  }

  /** A holder was told that its lock is lost. */
  lost(claim: Claim): void {
    this.#cause.lost(claim, this.#scheduler.nowMs);
  }

  /** Its receiver was told that it is lost. */
  notAdopted(given: Claim, process: SimProcess, calledAtMs: number): void {
    this.#cause.notAdopted(given, process, calledAtMs);
  }

  /** Whether the holder got more time. */
  extended(claim: Claim): boolean {
    if (!claim.renew()) return false;
    claim.ttlMs = claim.lock.ttlMs;
    this.#exclusion.extended(claim);
    this.#lease.check(claim, "when extended,");
    return true;
  }

  /** Auto-extension: the library says which resources, and the claims on them look for themselves. */
  extendedBy(process: SimProcess, { resources, validForMs }: ExtendedEvent): void {
    const claims = [...this.ledger.openOn(resources[0] ?? "")].filter((claim) => claim.process === process);
    for (const claim of claims) {
      // A late vote on the acquire may have given another one of them more time meanwhile.
      const isMeant = claims.length === 1 || claim.lock.remainingMs() === validForMs;
      if (isMeant && !claim.hasEnded && this.extended(claim)) this.#revival.extended(claim);
    }
  }

  /** From here on its holder is a reader among others. */
  shared(claim: Claim): void {
    claim.beside = { shared: claim.resources };
    this.#lease.check(claim, "when it let readers in,");
  }

  /** Another handle of the same lock is about to be made. */
  handedOver(claim: Claim): void {
    this.#revival.ignore(claim.token);
  }

  /** The holder asked `isHeld()`, and it said yes. */
  seenHeld(claim: Claim): void {
    if (claim.isGivenAway) {
      this.#verdicts.report("mutual exclusion", `${claim.title} says that it is held, and was handed over`);
      return;
    }
    claim.renew();
    if (!claim.hasEnded && claim.remainingMs() <= -READING_ERROR_MS) {
      this.#verdicts.report("mutual exclusion", `${claim.title} says that it is held, against its own clocks`);
    }
    this.#lease.check(claim, "when asked,");
  }

  drewToken(token: string, process: SimProcess): void {
    this.ownerOfToken.set(token, { process, drawnAtMs: this.#scheduler.nowMs });
  }

  threw(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    this.#verdicts.report("nothing thrown", text);
  }

  /** When all has been quiet for a while. */
  atTheEnd(callers: readonly Asker[]): void {
    const { ledger, ownerOfToken } = this;
    const [settlingMs] = this.#plan.quietMs;
    const times = { nowMs: this.#scheduler.nowMs, settlingMs, memoryLostAtMs: this.#memoryLostAtMs };
    const owners = { ledger, ownerOfToken, ...times };
    for (const orphan of findOrphans(this.#servers, owners, this.#plan.options.keyPrefix ?? "")) {
      this.#verdicts.report("no orphan", orphan);
    }
    this.#neighbours?.atTheEnd();
    this.waiting.atTheEnd(callers);
  }

  /** Before it is quiet. */
  atTheTurn(callers: readonly Asker[]): void {
    this.#turn.atTheEnd(callers);
  }

  #executed(server: SimServer, operations: readonly Operation[], reply: BatchReply): void {
    this.#rollback.executed(server, operations, reply);
    this.#revival.executed(server, operations, reply);
    this.#cause.executed(server, operations, reply);
    this.#ends?.executed(server, operations, reply);
    this.#lease.executed(operations);
  }
}
