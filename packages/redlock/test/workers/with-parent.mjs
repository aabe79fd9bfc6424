/**
 * Loaded into each worker: ends it when the pipe from the process that started it ends. That process may be killed by
 * SIGKILL, and a worker that waits for servers which are gone too would try to reach them for ever.
 */
process.stdin.once("end", () => process.exit(1)).resume();
process.stdin.unref();
