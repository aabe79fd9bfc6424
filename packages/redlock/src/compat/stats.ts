/** What node-redlock tells about the votes of a try. Type aliases, as there: a program may pass one as a plain record. */
import type { NativeClient } from "../node/ioredis/native-client.ts";

/**
 * An ioredis `Redis` or `Cluster`, as in node-redlock. Clients of the other libraries are taken too; they are found in
 * `clients`, `votesFor` and `votesAgainst` as they were given, under this type.
 */
export type Client = NativeClient;

/** One node's vote; node-redlock exports this type, and hands out no value of it. */
export type ClientExecutionResult =
  | { client: Client; vote: "for"; value: number }
  | { client: Client; vote: "against"; error: Error };

/** How one try's vote came out. */
export type ExecutionStats = {
  readonly membershipSize: number;
  readonly quorumSize: number;
  readonly votesFor: Set<Client>;
  readonly votesAgainst: Map<Client, Error>;
};

/** What `release` resolves with. */
export type ExecutionResult = {
  attempts: ReadonlyArray<Promise<ExecutionStats>>;
  /** When the last try began, in milliseconds since 1970: as in `@sesamecare-oss/redlock`, and always set here. */
  start?: number;
};
