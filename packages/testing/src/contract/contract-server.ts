/** What the contract does to a server: the part of a `RedisServer` that it needs, so that a simulated one will do. */
export interface ContractServer {
  readonly url: string;
  kill(): Promise<void>;
  restart(options: { readonly keepData: boolean }): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  flushScripts(): Promise<void>;
  fillMemory(): Promise<void>;
  freeMemory(): Promise<void>;
  /** The lock keys that are there. */
  lockKeys(): Promise<readonly string[]>;
}
