/** Whether a key of a node says that something is held; fences, waiting lines and tombstones outlive the locks. */
export function isLockKey(key: string): boolean {
  return !/:(?:fence|line|buried)$/.test(key);
}
