/**
 * What the command line says to scripts. The numbers from 64 on are those of sysexits.h, as far as they have a meaning
 * there; 126, 127 and 128 + signal are a shell's.
 */
export const exitCodes = {
  ok: 0,
  /** doctor only. */
  warnings: 1,
  errors: 2,
  usage: 64,
  /** No quorum could be asked. */
  unavailable: 69,
  /** The lock was lost under the command. */
  lost: 70,
  /** Held by someone else. */
  held: 75,
  /** The nodes, the configuration file or what is installed are not what a lock needs. */
  configuration: 78,
  cannotExecute: 126,
  notFound: 127,
  /** Plus the signal's number. */
  signalled: 128,
} as const;
