/** What the nodes announce of one lock key, and who hears it. */
import type { Told } from "../core/standing.ts";
import type { Node } from "../node/node.ts";
import type { Timer } from "../runtime/runtime.ts";

/** Whom a node calls, "" for everybody, and what it has given it. */
interface Announcement {
  readonly waiter: string;
  readonly told: Told | undefined;
  /** Of permits, the number that was freed. */
  readonly freed: number | undefined;
}

/** Never throws: whoever may publish can say anything. */
function readAnnouncement(message: string): Announcement {
  const [, waiter, fence, number, life = "", token = ""] =
    /^(\S+) (\d{1,16}) (\d{1,9}) (\S*) ([^]*)$/.exec(message) ?? [];
  if (waiter !== undefined) {
    return { waiter, told: { fence: Number(fence), number: Number(number), life, token }, freed: undefined };
  }
  const [called = "", slot = ""] = message.split(" ");
  return { waiter: called, told: undefined, freed: /^\d{1,4}$/.test(slot) ? Number(slot) : undefined };
}

/** A waiter that listens. */
interface Hearer {
  onConfirmed(node: number): void;
  onNotice(node: number, waiter: string, told: Told | undefined, freed: number | undefined): void;
}

/** One lock key's channels on all nodes. */
export class KeyChannels {
  readonly watches: Set<Hearer> = new Set();
  readonly confirmed: boolean[];
  linger: Timer | undefined;
  readonly #unsubscribes: (() => void)[];

  constructor(nodes: readonly Node[], channels: readonly string[]) {
    this.confirmed = nodes.map(() => false);
    this.#unsubscribes = nodes.map((node, index) =>
      node.subscribe(channels, {
        onSubscribed: () => {
          this.confirmed[index] = true;
          for (const watch of [...this.watches]) watch.onConfirmed(index);
        },
        onNotice: (_channel, message) => {
          const { waiter, told, freed } = readAnnouncement(message);
          for (const watch of [...this.watches]) watch.onNotice(index, waiter, told, freed);
        },
      }),
    );
  }

  isHeardFrom(quorum: number): boolean {
    return this.confirmed.filter(Boolean).length >= quorum;
  }

  end(): void {
    this.linger?.cancel();
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }
}
