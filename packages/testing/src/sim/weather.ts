/**
 * How long each way between a process and a node, and each node's memory, has been undisturbed: what failed in fair
 * weather failed for nothing.
 */

interface Way {
  activeCount: number;
  endedAtMs: number;
}

/** What a fault touches; left out: all. */
export interface Region {
  readonly nodes?: readonly number[];
  readonly peers?: readonly string[];
}

export class Weather {
  readonly #nowMs: () => number;
  readonly #nodeCount: number;
  readonly #peers: readonly string[];
  readonly #guardMs: number;
  readonly #ways = new Map<string, Way>();
  /** From when on each node may have forgotten something, and has not been asked since; `undefined`: it was asked. */
  readonly #untouchedSinceMs: (number | undefined)[];
  /** Since when each node has been known to remember. */
  readonly #touchedAtMs: number[];

  /** `guardMs`: for how long a node that forgot does not count, once somebody has asked it. */
  constructor(nowMs: () => number, nodeCount: number, peers: readonly string[], guardMs: number) {
    this.#nowMs = nowMs;
    this.#nodeCount = nodeCount;
    this.#peers = peers;
    this.#guardMs = guardMs;
    this.#untouchedSinceMs = Array.from({ length: nodeCount }, () => undefined);
    this.#touchedAtMs = Array.from({ length: nodeCount }, () => Number.NEGATIVE_INFINITY);
  }

  /** Returns what ends the disturbance; connections need `recoveryMs` more. */
  disturb({ nodes, peers = this.#peers }: Region, recoveryMs: number): () => void {
    const touched: Way[] = [];
    for (const node of nodes ?? Array.from({ length: this.#nodeCount }, (_, index) => index)) {
      for (const peer of peers) touched.push(this.#way(peer, node));
    }
    for (const way of touched) way.activeCount += 1;
    return () => {
      for (const way of touched) {
        way.activeCount -= 1;
        way.endedAtMs = Math.max(way.endedAtMs, this.#nowMs() + recoveryMs);
      }
    };
  }

  forgot(node: number): void {
    this.#untouchedSinceMs[node] ??= this.#nowMs();
  }

  /** It was asked something, and so knows from when on it remembers. */
  touched(node: number): void {
    if (this.#untouchedSinceMs[node] === undefined) return;
    this.#untouchedSinceMs[node] = undefined;
    this.#touchedAtMs[node] = this.#nowMs();
  }

  /** How many nodes are so. */
  fairCount(peer: string, sinceMs: number): number {
    let count = 0;
    for (let node = 0; node < this.#nodeCount; node += 1) if (this.isFair(peer, node, sinceMs)) count += 1;
    return count;
  }

  /** Whether this process could reach it without trouble since then, and it has remembered for long enough. */
  isFair(peer: string, node: number, sinceMs: number): boolean {
    const { activeCount, endedAtMs } = this.#way(peer, node);
    if (activeCount > 0 || endedAtMs > sinceMs || this.#untouchedSinceMs[node] !== undefined) return false;
    return this.#touchedAtMs[node]! + this.#guardMs <= sinceMs;
  }

  #way(peer: string, node: number): Way {
    const key = `${peer}/${node}`;
    let way = this.#ways.get(key);
    if (way === undefined) {
      way = { activeCount: 0, endedAtMs: Number.NEGATIVE_INFINITY };
      this.#ways.set(key, way);
    }
    return way;
  }
}
