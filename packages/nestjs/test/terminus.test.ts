/** The health indicator in @nestjs/terminus itself. */
import { HealthCheckService, TerminusModule } from "@nestjs/terminus";
import { Test } from "@nestjs/testing";
import { Redlock } from "@quorate/redlock";
import { RedlockHealthIndicator, RedlockModule } from "@quorate/nestjs";
import { memoryNodes } from "@quorate/testing";
import { expect, test } from "vitest";

test("terminus says ok while a quorum votes, and answers 503 with the nodes when none does", async () => {
  const fleet = memoryNodes(3);
  const imports = [TerminusModule.forRoot({ logger: false }), RedlockModule.forRoot({ clients: fleet.connect() })];
  const app = await Test.createTestingModule({ imports }).compile();
  await (await app.get(Redlock).acquire("a", 5_000)).release();
  const health = await app.resolve(HealthCheckService);
  const check = () => health.check([() => app.get(RedlockHealthIndicator).isHealthy()]);
  expect(await check()).toMatchObject({ status: "ok", details: { redlock: { status: "up" } } });
  fleet.node(0).kill();
  fleet.node(1).kill();
  const answer = () =>
    check().then(
      () => 200,
      (error: { getStatus(): number }) => error.getStatus(),
    );
  await expect.poll(answer).toBe(503);
  await app.close();
});
