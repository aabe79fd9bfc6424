/**
 * The rules that keep two holders apart. Each can be switched off: the exploration must then find a broken promise, or
 * the rule would be of no use, or the model blind.
 *
 * Three rules of the library are not among them, since the fencing tokens cover them here, and a search without them ends
 * with nothing found: that a lost lock stays lost, that a key that was made again waits for a quorum's confirmation, and that
 * the releaser proposes the next fencing token. Whoever lived on through a gap meets the higher fence of who came between.
 */
export interface Guards {
  /** A strict majority must grant, not one node. */
  readonly majority: boolean;
  /** A node grants only a fencing token above its fence. */
  readonly fence: boolean;
  /** The end of an attempt buries it: what arrives later is dead. */
  readonly tombstone: boolean;
  /** Each attempt has a token of its own. */
  readonly freshToken: boolean;
  /** The end of a token deletes a key only where it holds that token. */
  readonly releaseCompares: boolean;
  /** An extend lengthens a key only where it holds the token. */
  readonly extendCompares: boolean;
  /** A late extend never shortens what a later one gave. */
  readonly onlyLengthens: boolean;
  /** A grant counts only from a node whose memory is older than every grant that it may have forgotten. */
  readonly memoryAgeAtAcquire: boolean;
  /** The same for a confirmation of an extend by a node that has forgotten. */
  readonly memoryAgeAtExtend: boolean;
  /** Validity counts from before the request was sent, not from its answer. */
  readonly boundFromSend: boolean;
  /** A hand-over counts only from the life of the node that the waiter knows, old enough. */
  readonly lifeOfMessage: boolean;
  /** A quorum must have granted under one and the same fencing token. */
  readonly oneToken: boolean;
  /** The lock is handed over only under a fencing token above the node's fence and tombstone. */
  readonly higherForNext: boolean;
  /** A repeat that finds its key under a higher fencing token is refused, and asks again with a higher one. */
  readonly repeatIsStale: boolean;
  /** The end of a token ends its place in line. */
  readonly placeEnds: boolean;
  /** What was handed over is valid for the short claim only. */
  readonly claimIsShort: boolean;
  /** Who hold together do so under a marker in the lock key itself, where a writer sees it. */
  readonly marker: boolean;
  /** The marker lives as long as the longest hold. */
  readonly lastsAsLongest: boolean;
  /** Who joins a period of holding together is above everybody who held it alone before. */
  readonly aboveBase: boolean;
  /** A number is given only above everybody who had it before. */
  readonly aboveLatest: boolean;
  /** The end of who held together buries its token wherever something of it may still arrive. */
  readonly buriesToken: boolean;
  /** Who shares what it held alone counts as one of many from the call on, before any node has heard of it. */
  readonly sharesFromCall: boolean;
  /** A quorum must have given the same permits, not only some. */
  readonly samePermits: boolean;
  /** An extend, and a heal, look whose each number is. */
  readonly ownPermits: boolean;
}

export const allGuards: Guards = {
  majority: true,
  fence: true,
  tombstone: true,
  freshToken: true,
  releaseCompares: true,
  extendCompares: true,
  onlyLengthens: true,
  memoryAgeAtAcquire: true,
  memoryAgeAtExtend: true,
  boundFromSend: true,
  lifeOfMessage: true,
  oneToken: true,
  higherForNext: true,
  repeatIsStale: true,
  placeEnds: true,
  claimIsShort: true,
  marker: true,
  lastsAsLongest: true,
  aboveBase: true,
  aboveLatest: true,
  buriesToken: true,
  sharesFromCall: true,
  samePermits: true,
  ownPermits: true,
};
