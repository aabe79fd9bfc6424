/** A child process with one worker in it, which is told over IPC what to do. The measuring happens here. */
import type { OrderMessage } from "./order.ts";
import { Worker } from "./worker.ts";

const worker = new Worker();

process.on("message", ({ id, order }: OrderMessage) => {
  worker.tell(order).then(
    (report) => process.send?.({ id, report }),
    (error: unknown) =>
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// The parent is gone: nobody will ask any more.
process.on("disconnect", () => process.exit(0));
