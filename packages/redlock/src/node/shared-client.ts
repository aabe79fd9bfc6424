/**
 * What all who use one client share: its events are listened to once, one connection hears the announcements, one of them
 * asks what the server may forget, and a script that one has sent the others need not send. A service that makes a `Redlock`
 * for each request costs its clients nothing by it.
 *
 * Who uses a client is known weakly: a `Redlock` that was dropped without `close()` goes with its last call.
 */
import { errorReplyOf } from "./client-errors.ts";
import type { Topics } from "./topics.ts";

/** A client's events as facts. None may throw. */
export interface ClientFacts {
  /** Connected, for the first time or again. */
  readonly ready: () => void;
  /** The connection is gone, or could not be made. */
  readonly gone: () => void;
  /** An error, in the client's words; what comes next says what it meant. */
  readonly failed: (detail: string) => void;
}

/** Puts the listeners that call `facts` on a client; the result takes them off again. */
export type WatchClient = (facts: ClientFacts) => () => void;

export interface ClientUser {
  onReady(): void;
  /** `detail`: the last error's words. */
  onDown(detail: string): void;
}

/** Held by who uses the client; without it nothing is heard any more. */
export class Membership {
  readonly user: ClientUser;
  readonly #leave: () => void;

  constructor(user: ClientUser, leave: () => void) {
    this.user = user;
    this.#leave = leave;
  }

  leave(): void {
    this.#leave();
  }
}

const known = new WeakMap<object, SharedClient>();
const dropped = new FinalizationRegistry<() => void>((leave) => leave());

/** What is shared of this client. */
export function sharedClient(client: object): SharedClient {
  let shared = known.get(client);
  if (shared === undefined) {
    shared = new SharedClient();
    known.set(client, shared);
  }
  return shared;
}

export class SharedClient {
  /** Whether the server has the script, as far as is known. */
  isScriptKnown = false;
  /** What is wrong with the server's memory settings; asked once. */
  memoryWarning: Promise<string | undefined> | undefined;
  readonly #members = new Set<WeakRef<Membership>>();
  /** Callers that wait for the client's next status; nothing else refers to them. */
  readonly #waiting = new Set<Membership>();
  #unwatch: (() => void) | undefined;
  #topics: Topics | undefined;
  #wasDown = false;
  #lastError = "";

  /** Whether the connection was lost, or could not be made, since the first listener came. */
  get wasDown(): boolean {
    return this.#wasDown;
  }

  join(user: ClientUser, watch: WatchClient): Membership {
    const leave = (): void => this.#leave(reference);
    const membership = new Membership(user, leave);
    const reference = new WeakRef(membership);
    this.#members.add(reference);
    dropped.register(membership, leave, reference);
    this.#unwatch ??= watch({
      ready: () => {
        this.#lastError = "";
        this.#tell((member) => member.onReady());
      },
      gone: () => {
        this.#wasDown = true;
        const detail = this.#lastError === "" ? "the connection was closed" : this.#lastError;
        this.#tell((member) => member.onDown(detail));
      },
      failed: (detail) => {
        if (!hidesReply(this.#lastError, detail)) this.#lastError = detail;
      },
    });
    return membership;
  }

  /** Until the client is ready or gone this user is not dropped: what it was asked is written then, or answered. */
  awaitBy(membership: Membership | undefined): void {
    if (membership !== undefined) this.#waiting.add(membership);
  }

  /** The one listening connection; `make` makes it, which connects nothing yet. */
  topics(make: () => Topics): Topics {
    this.#topics ??= make();
    return this.#topics;
  }

  #tell(news: (user: ClientUser) => void): void {
    this.#waiting.clear();
    for (const reference of [...this.#members]) {
      const user = reference.deref()?.user;
      if (user !== undefined && this.#members.has(reference)) news(user);
    }
  }

  #leave(reference: WeakRef<Membership>): void {
    if (!this.#members.delete(reference)) return;
    const membership = reference.deref();
    if (membership !== undefined) this.#waiting.delete(membership);
    dropped.unregister(reference);
    if (this.#members.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#topics?.close();
    this.#topics = undefined;
    this.#wasDown = false;
    this.#lastError = "";
  }
}

/**
 * A server that refuses a connection says why and closes it. Where the client has written meanwhile, the system resets the
 * connection, and the reply may be lost: until the client is connected, the reply of an earlier attempt tells more.
 */
function hidesReply(known: string, detail: string): boolean {
  return /\b(?:ECONNRESET|EPIPE)\b/.test(detail) && errorReplyOf(new Error(known)) !== undefined;
}
