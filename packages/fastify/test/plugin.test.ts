/** The plugin in Fastify's own injector, on nodes in memory. */
import { fastifyRedlock } from "@quorate/fastify";
import { ResourceLockedError } from "@quorate/redlock";
import { memoryNodes } from "@quorate/testing";
import fastify, { type FastifyInstance } from "fastify";
import { expect, test } from "vitest";

async function start(fleet: ReturnType<typeof memoryNodes>, gate: Promise<void>): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(fastifyRedlock, { clients: fleet.connect() });
  // A route of another plugin: what is decorated is for all.
  await app.register(async (inner) => {
    inner.post("/orders/:id", async (request, reply) => {
      const { id } = request.params as { id: string };
      try {
        return await inner.redlock.using(`order:${id}`, 5_000, { waitMs: 0 }, async (_signal, lock) => {
          await gate;
          return { token: lock.fencingToken };
        });
      } catch (error) {
        if (error instanceof ResourceLockedError) return reply.code(423).send({ busy: id });
        throw error;
      }
    });
  });
  return app;
}

test("a handler runs under its lock, another request for it is refused, and closing waits and releases", async () => {
  const fleet = memoryNodes(3);
  let open!: () => void;
  const app = await start(fleet, new Promise((resolve) => (open = resolve)));
  const first = app.inject({ method: "POST", url: "/orders/7" });
  await expect.poll(() => fleet.nodes.map((node) => node.lockKeys())).toEqual([["order:7"], ["order:7"], ["order:7"]]);
  const second = await app.inject({ method: "POST", url: "/orders/7" });
  expect([second.statusCode, second.json()]).toEqual([423, { busy: "7" }]);
  open();
  const answer = await first;
  expect([answer.statusCode, answer.json()]).toEqual([200, { token: expect.any(Number) as number }]);
  await app.close();
  await expect(app.redlock.acquire("a", 1_000)).rejects.toMatchObject({ code: "CLOSED" });
});

test("what is still held when the app closes is released", async () => {
  const fleet = memoryNodes(3);
  const app = await start(fleet, Promise.resolve());
  const lock = await app.redlock.acquire("a", 60_000);
  await app.close();
  expect(lock.isHeld()).toBe(false);
  expect(fleet.nodes.map((node) => node.lockKeys())).toEqual([[], [], []]);
});

test.each([
  ["neither addresses nor clients", {}],
  ["both", { addresses: ["redis://127.0.0.1:1"], clients: [] }],
])("options with %s are refused when it is registered", async (_title, options) => {
  await expect(fastify().register(fastifyRedlock, options)).rejects.toThrow(/either addresses or clients/);
});
