/** Who waits for several resources, and who is let past it meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { acquire, fenceNow, release } from "./operations.ts";
import { libraries, RealNode } from "./real-node.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ nodes: 1 });
});
afterAll(() => fleet.stop());

const place = (ticket: number, claimMs: number) => ({
  ticket: 1_234_567_890_123_456 + ticket,
  waiter: `w.${ticket}`,
  keepMs: 60_000,
  number: 1,
  claimMs,
});

test("who waits for several is passed by those who came later for one, and is called once all of them are free", async () => {
  const server = fleet.node(0);
  await using real = new RealNode(libraries[0]!.Redis(server.url));
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    real.node.subscribe(["a:released:w", "b:released:w"], {
      onSubscribed: resolve,
      onNotice: (channel, message) => heard.push(`${channel} ${message.split(" ")[0]}`),
    });
  });
  const holders = () => Promise.all(["a", "b"].map((key) => server.command("GET", key)));
  await real.ask(acquire({ keys: ["a"], token: "one" }));
  await real.ask(acquire({ keys: ["b"], token: "two" }));
  await real.ask(acquire({ keys: ["a", "b"], token: "both", fence: fenceNow + 1, place: place(1, 0) }));
  await real.ask(acquire({ keys: ["a"], token: "later", fence: fenceNow + 2, place: place(2, 10_000) }));

  await real.ask(release({ keys: ["a"], token: "one", announce: true }));
  expect(await holders()).toEqual(["later", "two"]);
  await real.ask(release({ keys: ["b"], token: "two", announce: true }));
  expect(await holders()).toEqual(["later", null]);
  await expect.poll(() => heard).toEqual(["a:released:w w.2"]);

  await real.ask(release({ keys: ["a"], token: "later", fence: fenceNow + 2, announce: true }));
  expect(await holders()).toEqual([null, null]);
  await expect.poll(() => heard).toEqual(["a:released:w w.2", "a:released:w w.1"]);
  const both = await real.ask(acquire({ keys: ["a", "b"], token: "both", fence: fenceNow + 3, place: place(1, 0) }));
  expect(both).toMatchObject({ outcome: "granted" });
});
