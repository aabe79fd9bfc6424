import { expect, test } from "vitest";
import { Network, type Message } from "@quorate/testing";

const request: Message = { node: 0, peer: "A", connection: 1, direction: "request", operation: "set", byteLength: 30 };
const reply: Message = { node: 0, peer: "A", connection: 1, direction: "reply", byteLength: 5 };

test("without a rule a message is delivered at once and whole", () => {
  const net = new Network();
  expect(net.undisturbed).toBe(true);
  expect(net.decide(request)).toEqual({ end: "deliver", delayMs: 0, pieceByteLength: undefined });
});

test("a fault heals at the end of its scope, and only that fault", () => {
  const net = new Network();
  using _ = net.latency({ delayMs: 5 });
  {
    using cut = net.partition([0]);
    expect(cut).toBeDefined();
    expect(net.decide(request).end).toBe("hold");
  }
  expect(net.decide(request)).toMatchObject({ end: "deliver", delayMs: 5 });
});

test("delays of several faults add up, the smallest piece counts, the worst end wins", () => {
  const net = new Network();
  net.latency({ delayMs: 5 });
  net.latency({ delayMs: 7 });
  net.slice({ pieceByteLength: 9 });
  net.slice({ pieceByteLength: 3 });
  expect(net.decide(request)).toEqual({ end: "deliver", delayMs: 12, pieceByteLength: 3 });
  const ends = [];
  for (const begin of [
    () => net.partition([0]),
    () => net.blackHole([0]),
    () => net.reset(),
    () => net.partition([0]),
  ]) {
    begin();
    ends.push(net.decide(request).end);
  }
  expect(ends).toEqual(["hold", "drop", "reset", "reset"]);
  net.heal();
  expect(net.undisturbed).toBe(true);
});

const others: [string, Message][] = [
  ["node", { ...request, node: 1 }],
  ["peer", { ...request, peer: "B" }],
  ["direction", { ...request, direction: "reply" }],
  ["operation", { ...request, operation: "get" }],
];

test.each(others)("a fault leaves a message of another %s alone", (_, message) => {
  const net = new Network();
  net.blackHole([0], { peers: ["A"], direction: "request", operation: "set" });
  expect(net.decide(request).end).toBe("drop");
  expect(net.decide(message).end).toBe("deliver");
});

test("jitter is decided by the network's own randomness", () => {
  const drawn = [0, 0.5, 0.999];
  const net = new Network(() => drawn.shift() ?? 0);
  net.latency({ delayMs: 10, jitterMs: 4 });
  expect([1, 2, 3].map(() => net.decide(request).delayMs)).toEqual([10, 12, expect.closeTo(14, 1)]);
});

test("a lost reply is a reply with something in it, and as many are lost as asked", () => {
  const net = new Network();
  net.lostReply({ count: 1 });
  const messages: Message[] = [request, { ...reply, operation: "close", byteLength: 0 }, reply, reply];
  expect(messages.map((message) => net.decide(message).end)).toEqual(["deliver", "deliver", "drop", "deliver"]);
});

test("half-open are the connections that existed when it began", () => {
  const net = new Network();
  const old = net.nextConnection();
  net.halfOpen({ nodes: [0] });
  const young = net.nextConnection();
  expect(net.decide({ ...reply, connection: old }).end).toBe("drop");
  expect(net.decide({ ...reply, connection: young }).end).toBe("deliver");
});

test("whoever holds messages back is told of every change of the rules", () => {
  const net = new Network();
  let changeCount = 0;
  const listening = net.onChange(() => (changeCount += 1));
  const cut = net.partition([0]);
  cut[Symbol.dispose]();
  cut[Symbol.dispose]();
  expect(changeCount).toBe(2);
  listening[Symbol.dispose]();
  net.heal();
  expect(changeCount).toBe(2);
});
