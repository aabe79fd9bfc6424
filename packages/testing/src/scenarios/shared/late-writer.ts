import assert from "node:assert/strict";

import type { Rig } from "../rig/rig.ts";
import type { Scenario } from "../scenario.ts";

/** A row with the highest token that wrote it, and the highest that read it. */
class Row {
  #highestWriter = 0;
  #highestReader = 0;

  register(token: number): void {
    this.#highestReader = Math.max(this.#highestReader, token);
  }

  isWritten(token: number, asksReaders: boolean): boolean {
    if (token < this.#highestWriter || (asksReaders && token < this.#highestReader)) return false;
    this.#highestWriter = token;
    return true;
  }
}

async function wake(rig: Rig, asksReaders: boolean): Promise<void> {
  const row = new Row();
  const writer = await rig.startHolder("writer", "job", rig.isSimulated ? 500 : 4_000);
  const before = await writer.look();
  assert.ok(row.isWritten(before.fencingToken!, asksReaders));
  await writer.pause();
  const redlock = await rig.connect("reader");
  const reader = await redlock.acquire("job", 60_000, { shared: true, waitMs: 30_000 });
  row.register(reader.fencingToken!);
  const looking = writer.look();
  writer.resume();
  assert.equal((await looking).isHeld, false);
  assert.equal(row.isWritten(before.fencingToken!, asksReaders), false, "a late write came between two reads");
  await reader.release();
  const next = await redlock.acquire("job", 60_000, { waitMs: 20_000 });
  assert.ok(row.isWritten(next.fencingToken!, asksReaders));
  await writer.kill();
}

export const lateWriter: Scenario = {
  id: "S14",
  title: "a writer that was stopped is refused by a store in which a later reader has registered",
  nodeCount: 3,
  isPatient: true,
  play: (rig) => wake(rig, true),
  control: {
    without: "a store that asks for the readers' tokens",
    fails: /a late write came between two reads/,
    play: (rig) => wake(rig, false),
  },
};
