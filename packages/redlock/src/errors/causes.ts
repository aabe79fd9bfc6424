/**
 * Why a node does not vote, by what it or its client said: one table for errors, warnings, health and doctor, so that they
 * never tell an operator different things about one fault.
 */

/** One kind of trouble of a node's own. */
export interface Cause {
  /** What the words of a node or a client begin with, or hold. */
  readonly words: RegExp;
  /** As part of a sentence: "on 3 nodes ...". */
  readonly isSo: string;
  /** The same sentence's end: what to do. */
  readonly remedy: string;
  /**
   * - node: the node grants nothing until an operator mends it, which is told as a warning too.
   * - passing: it grants nothing for a while.
   * - keys: it is about the keys that were asked for; the node votes on others.
   * - away: the node is not there, which is told as such.
   */
  readonly scope: "node" | "passing" | "keys" | "away";
}

const DOCTOR = "`npx redlock doctor`";

type Row = readonly [words: RegExp, isSo: string, remedy: string];

const OF_KEYS: readonly Row[] = [
  [
    /\b(?:WRONGTYPE|FENCE)\b/,
    "the key is in use by other data, which is left as it is",
    "take another name, or a keyPrefix",
  ],
  [
    /\bCROSSSLOT\b(?!.*\(of one resource\))/,
    "the resources lie in different slots of the Cluster",
    "give them one hash tag, as in {order:42}:lines and {order:42}:stock; a client of one master of a Cluster needs it in " +
      "the keyPrefix",
  ],
];

/** Said by a server, of the keys that it was asked for; a Cluster's client that gave up says it in the middle of a sentence. */
const OF_CLUSTERS: readonly Row[] = [
  [
    /^(?:MOVED|ASK) \d/,
    "the server is one master of a Redis Cluster, and another one has these keys",
    "give a client of the whole Cluster, or masters that are in none",
  ],
  [
    /\bCROSSSLOT\b/,
    "the server is a master of a Redis Cluster, where what is kept beside a lock has another slot",
    "give a client of the whole Cluster, or masters that are in none; to a master that has all slots, a keyPrefix with a " +
      "hash tag, as in {app}:",
  ],
];

const OF_TLS: readonly Row[] = [
  [/server without TLS answers/, "the server has no TLS", "use redis:// for it, or give it TLS (tls-port)"],
  [
    /server with TLS answers/,
    "the server wants TLS",
    "use rediss:// for it, and give its certificate authority to the client (tls.ca)",
  ],
  [
    /certificate|self.signed|\bERR_(?:TLS|SSL)|\bEPROTO\b|SSL routines|wrong version number/i,
    "TLS fails",
    "use rediss:// where the server has TLS and redis:// where not, and give its certificate authority to the client (tls.ca)",
  ],
];

const OF_NODES: readonly Row[] = [
  [/\bNOPERM\b/, "the Redis user lacks rights", `${DOCTOR} names them`],
  [
    /\b(?:NOAUTH|WRONGPASS)\b|invalid password|AUTH.*called without any password/i,
    "the user name or the password is missing or wrong",
    "mend it in the address, or in the client",
  ],
  [/\bOOM\b/, "memory is used up", "raise maxmemory, or keep other data elsewhere"],
  [
    /\bREADONLY\b|is a replica/,
    "the server is a replica",
    "put a master of its own in its place (REPLICAOF NO ONE on an empty server)",
  ],
  [/are the same server/, "one server is named twice", "name each server once"],
  [/\bAHEAD\b/, "the clock is more than a day behind this machine's", "set both right, by chronyd or ntpd"],
  [/\bMISCONF\b/, "the last write to disk failed", "look at the server's log: most often the disk is full"],
  [
    /\bNOREPLICAS\b/,
    "min-replicas-to-write asks for replicas that are not there",
    "set it to 0: a lock's node needs no replicas",
  ],
  [
    /max number of clients/,
    "the server takes no more connections",
    "raise maxclients, or find out who leaks connections (CLIENT LIST)",
  ],
  [
    /\bunknown command|can't run this command/i,
    "a command is renamed or forbidden",
    `give it its name back; ${DOCTOR} says which`,
  ],
  [
    /\b(?:ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)\b/,
    "the host name is not known here (DNS)",
    "correct the name, or see to the resolver",
  ],
];

const OF_THE_WAY: readonly Row[] = [
  [/\bECONNREFUSED\b/, "nothing listens at that port", "start the server, or correct the address"],
  [/\bE(?:HOSTUNREACH|NETUNREACH)\b/, "there is no way to the host", "correct the address, or see to the network"],
  [
    /(?:ETIMEDOUT|timeout) \(TLS\)/,
    "no connection with TLS is made in time",
    "see to the way there; a server without TLS is silent to rediss:// too: then use redis://",
  ],
  [
    /\b(?:ECONNRESET|EPIPE)\b|connection was closed|Socket closed unexpectedly/,
    "the connection is cut",
    "see that the server runs; one that wants TLS cuts off redis:// too: then use rediss://",
  ],
];

const PASSING: readonly Row[] = [
  [/\bLOADING\b/, "the server is loading its data", "wait longer (waitMs)"],
  [/\bBUSY\b/, "the server is busy with a script", "wait, or end that script (SCRIPT KILL)"],
  [/\b(?:CLUSTERDOWN|TRYAGAIN|MASTERDOWN)\b/, "the Cluster is changing", "wait; CLUSTER INFO says what is wrong"],
];

const withScope =
  (scope: Cause["scope"]) =>
  ([words, isSo, remedy]: Row): Cause => ({ words, isSo, remedy, scope });

const causes: readonly Cause[] = [
  ...OF_KEYS.map(withScope("keys")),
  ...[...OF_CLUSTERS, ...OF_NODES, ...OF_TLS].map(withScope("node")),
  ...OF_THE_WAY.map(withScope("away")),
  ...PASSING.map(withScope("passing")),
];

/** `undefined` where its words say nothing that could be mended. */
export function causeOf(detail: string): Cause | undefined {
  return causes.find(({ words }) => words.test(detail));
}
