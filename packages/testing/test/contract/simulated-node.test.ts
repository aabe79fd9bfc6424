/** The simulator stands in for Redis: so its nodes keep the same contract as those over real servers. */
import {
  describeNodeContract,
  memoryNodes,
  type ContractServer,
  type OwnedServer,
  type SimServer,
} from "@quorate/testing";
import { describe, expect, test } from "vitest";

const nodeOf = new Map<ContractServer, ReturnType<ReturnType<typeof memoryNodes>["connect"]>>();

/** A simulated server, spoken of as of a real one. */
function inMemory(server: SimServer): ContractServer {
  return {
    url: "memory:",
    kill: async () => server.kill(),
    restart: async ({ keepData }) => server.restart(keepData ? "kept" : "empty"),
    pause: async () => server.stop(),
    resume: () => server.resume(),
    flushScripts: async () => server.flushScripts(),
    fillMemory: async () => void (server.model.outOfMemory = true),
    freeMemory: async () => void (server.model.outOfMemory = false),
    lockKeys: async () => server.lockKeys(),
  };
}

async function startServer(): Promise<OwnedServer> {
  const fleet = memoryNodes(1);
  const server = inMemory(fleet.node(0));
  nodeOf.set(server, fleet.connect());
  return { server, stop: async () => void nodeOf.delete(server) };
}

describeNodeContract((server) => ({ node: nodeOf.get(server)![0]! }), {
  ...{ title: "a node in memory", runner: { describe, test }, startServer },
});

test("without a runner's globals the suite asks for a runner", () => {
  expect(() => describeNodeContract(() => Promise.reject(new Error("not called")))).toThrow("pass `runner:");
});

test("control: a node that loses releases fails the suite", async () => {
  const bodies = new Map<string, () => Promise<void>>();
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    test: (title: string, body: () => Promise<void>) => void bodies.set(title, body),
  };
  const broken = (server: ContractServer) => {
    const [node] = nodeOf.get(server)!;
    const send = node!.send.bind(node);
    node!.send = (operation, receiver, index) => {
      if (operation.kind === "release")
        receiver.receive(index, {
          outcome: "unknown",
          reason: "timeout",
          detail: "",
          mayHold: true,
        });
      else send(operation, receiver, index);
    };
    return { node: node! };
  };
  describeNodeContract(broken, { runner, startServer });
  const everyVote = bodies.get("answers every operation with the vote it means, and with the server's evidence");
  await expect(everyVote?.()).rejects.toThrow('voted {"outcome":"unknown"');
  await bodies.get("executes the operations of one turn in the order sent")?.();
});
