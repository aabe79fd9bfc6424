/** How many wait for a release: each waiting process listens on a channel, and a server tells how many do. */
import type { RawClient } from "../../node/ioredis/raw-client.ts";
import { openRawClient } from "../../node/ioredis/raw-client.ts";
import { releaseChannel } from "../../node/operation.ts";

const answerWithinMs = 1_000;

export class WaitingCount {
  readonly #urls: readonly string[];
  readonly #channel: string;
  readonly #clients: (Promise<RawClient> | undefined)[] = [];

  constructor(urls: readonly string[], key: string) {
    this.#urls = urls;
    this.#channel = releaseChannel(key);
  }

  /** Per node; `undefined` where it cannot be known. Never rejects. */
  read(): Promise<(number | undefined)[]> {
    return Promise.all(this.#urls.map((_url, index) => this.#readOne(index)));
  }

  close(): void {
    for (const client of this.#clients) client?.then((open) => open.close()).catch(() => {});
  }

  async #readOne(index: number): Promise<number | undefined> {
    try {
      const client = await (this.#clients[index] ??= this.#open(this.#urls[index]!));
      const reply = await client.call("PUBSUB", "NUMSUB", this.#channel);
      return Array.isArray(reply) ? Number(reply[1]) : undefined;
    } catch {
      // Tried again from the start the next time.
      this.#clients[index]?.then((client) => client.close()).catch(() => {});
      this.#clients[index] = undefined;
      return undefined;
    }
  }

  async #open(url: string): Promise<RawClient> {
    const client = openRawClient(url, answerWithinMs);
    await client.connect();
    return client;
  }
}
