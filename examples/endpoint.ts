/** An endpoint that takes one from the stock. A request that was paused past its lock writes late: the database refuses it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redlock } from "@quorate/redlock";
import { openDatabase } from "./database.ts";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes);
const database = await openDatabase();
database.run("CREATE TABLE stock (id bigint, count integer, token bigint); INSERT INTO stock VALUES (7, 10, 0)");

async function takeOne(pauseMs: number): Promise<string> {
  await using lock = await redlock.acquire("examples:stock:7", 500);
  console.log("a request has the lock");
  const [count] = database.exec("SELECT count FROM stock WHERE id = 7")[0]!.values[0]!;
  await sleep(pauseMs); // stands for a garbage collection, or a machine that was suspended
  const row = { $count: Number(count) - 1, $token: lock.fencingToken! };
  database.run("UPDATE stock SET count = $count, token = $token WHERE id = 7 AND token <= $token", row);
  return database.getRowsModified() === 1 ? `${row.$count} left` : "refused: a later holder has written";
}

const server = createServer(({ url }, response) => {
  const answer = (text: string) => (console.log(text), response.end(text));
  takeOne(Number(url!.slice("/?pause=".length))).then(answer, (error: Error) => answer(error.message));
});
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => server.close(() => void redlock.close()));
