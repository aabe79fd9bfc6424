/** How many bytes of heap are in use when all that can be collected is. Drivers are started with --expose-gc. */
export function usedHeapBytes(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  return process.memoryUsage().heapUsed;
}
