import { afterAll, beforeAll, expect, test } from "vitest";
import { startFleet, type Fleet } from "@quorate/testing";
import { start } from "./redlock-process.ts";
import { isGroupAlive, untilGone } from "./process-group.ts";

let fleet: Fleet;
let nodes: readonly string[];

beforeAll(async () => {
  fleet = await startFleet({ nodes: 3 });
  nodes = ["--durable-nodes", "--nodes", fleet.urls.join(",")];
});
afterAll(() => fleet.stop());

const idle = "while :; do sleep 0.02; done";

test("signals reach the command, whose answer to them counts", async () => {
  const names = ["INT", "HUP", "QUIT", "USR1", "USR2", "WINCH"] as const;
  const traps = names.map((name) => `trap 'echo got-${name}' ${name};`).join(" ");
  const run = start(["run", ...nodes, "signals", "--", "sh", "-c", `${traps} trap 'exit 7' TERM; echo ready; ${idle}`]);
  await run.saw(/ready/);
  for (const name of names) {
    run.signal(`SIG${name}`);
    await run.saw(new RegExp(`got-${name}\n`));
  }
  run.signal("SIGTERM");
  expect((await run.finished).exitCode).toBe(7);
});

test("a signal that the command does not survive gives 128 + signal, and what it has started ends with it", async () => {
  const run = start(["run", ...nodes, "group", "--", "sh", "-c", `(${idle}) & echo group $$; ${idle}`]);
  const groupId = Number((await run.saw(/group (\d+)/))[1]);
  run.signal("SIGTERM");
  expect((await run.finished).exitCode).toBe(143);
  await untilGone(groupId);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends the waiting, and the command never runs",
  async (signal) => {
    const holder = start(["run", ...nodes, `busy-${signal}`, "--", "sh", "-c", `echo in; ${idle}`]);
    await holder.saw(/in/);
    const waiter = start(["run", ...nodes, "--wait", "forever", `busy-${signal}`, "--", "echo", "ran"]);
    await untilWaiting(`busy-${signal}`);
    waiter.signal(signal);
    expect(await waiter.finished).toMatchObject({
      exitCode: { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal],
      stdout: "",
    });
    holder.signal("SIGTERM");
    expect((await holder.finished).exitCode).toBe(143);
    await expect.poll(() => fleet.lockKeys()).not.toContainEqual(expect.objectContaining({ key: `busy-${signal}` }));
  },
);

test("Ctrl-Z stops neither the command nor the holder of its lock", async () => {
  const run = start([
    "run",
    ...nodes,
    "stop",
    "--",
    "sh",
    "-c",
    "trap 'exit 4' USR1; echo ready; while :; do sleep 0.02; done",
  ]);
  await run.saw(/ready/);
  run.signal("SIGTSTP");
  run.signal("SIGUSR1");
  expect(await run.finished).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("would lose the lock") });
});

test("when redlock itself is killed, the command's whole group is ended, SIGTERM ignored or not", async () => {
  const script = `trap '' TERM; trap 'echo passed' USR1; (trap '' USR1; ${idle}) & echo group $$; ${idle}`;
  const run = start(["run", ...nodes, "--grace", "200ms", "orphan", "--", "sh", "-c", script]);
  const groupId = Number((await run.saw(/group (\d+)/))[1]);
  // What passes signals on has started the command, and has told the guardian.
  run.signal("SIGUSR1");
  await run.saw(/passed/);
  expect(isGroupAlive(groupId)).toBe(true);
  run.signal("SIGKILL");
  await untilGone(groupId);
});

/** Until some connection listens for the release. */
async function untilWaiting(resource: string): Promise<void> {
  for (;;) {
    const reply = (await fleet.node(0).command("PUBSUB", "NUMSUB", `${resource}:released`)) as (string | number)[];
    if (Number(reply[1]) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
