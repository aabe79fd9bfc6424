/**
 * Half of a character that UTF-16 writes in two. No bytes stand for it: on the wire each becomes the same replacement
 * character, and two names would be one key, two tokens one holder.
 */
const LONE_SURROGATE = /\p{Cs}/u;

/** Whether it arrives in Redis as it is. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}
