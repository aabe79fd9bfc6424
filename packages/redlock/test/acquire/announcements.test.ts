/** What makes a waiter ask again: calls from a quorum of nodes, and nothing less. */
import { describe, expect, test } from "vitest";
import { Announcements } from "../../src/acquire/announcements.ts";
import type { Node, NoticeListener } from "../../src/node/index.ts";
import { ManualRuntime } from "../node/manual-runtime.ts";

/** Nodes that can only be listened to. */
class FakeNodes {
  /** Who listens to which channel of each node. */
  readonly listeners = [0, 1, 2].map(() => new Map<string, NoticeListener>());
  readonly runtime = new ManualRuntime();
  readonly announcements: Announcements;

  constructor() {
    const nodes = this.listeners.map((channels): Pick<Node, "subscribe"> => ({
      subscribe([channel], listener) {
        channels.set(channel!, listener);
        return () => void channels.delete(channel!);
      },
    }));
    this.announcements = new Announcements(nodes as Node[], this.runtime);
  }

  confirm(node: number, key = "a"): void {
    this.listeners[node]!.get(`${key}:released`)!.onSubscribed();
  }

  announce(node: number, waiter: string, fence = 17): void {
    const channel = "a:released";
    this.listeners[node]!.get(channel)!.onNotice(channel, `${waiter} ${fence}`);
  }

  get channelCounts(): number[] {
    return this.listeners.map((channels) => channels.size);
  }
}

/** A watch that all three nodes tell, reset as right before a try. */
function watching(waiter: string) {
  const nodes = new FakeNodes();
  const watch = nodes.announcements.watch(["a"], waiter);
  for (const node of [0, 1, 2]) nodes.confirm(node);
  watch.reset();
  return { nodes, watch };
}

describe("a call", () => {
  test("needs a quorum of nodes: one of three wakes nobody, however often it calls", () => {
    const { nodes, watch } = watching("me");
    let callCount = 0;
    watch.whenCalled(() => callCount++);
    nodes.announce(0, "me");
    nodes.announce(0, "me");
    expect([watch.isCalled, callCount]).toEqual([false, 0]);
    nodes.announce(2, "me");
    expect([watch.isCalled, callCount]).toEqual([true, 1]);
    nodes.announce(1, "me");
    expect(callCount).toBe(1);
  });

  test("of another waiter's name is not for this one; an empty one is for everybody", () => {
    const { nodes, watch } = watching("me");
    for (const node of [0, 1, 2]) nodes.announce(node, "you");
    expect(watch.isCalled).toBe(false);
    nodes.announce(0, "");
    nodes.announce(1, "");
    expect(watch.isCalled).toBe(true);
  });

  test("that came before a try is forgotten by it, one that comes during the try is not", () => {
    const { nodes, watch } = watching("me");
    nodes.announce(0, "me");
    nodes.announce(1, "me");
    watch.reset();
    expect(watch.isCalled).toBe(false);
    nodes.announce(0, "me");
    nodes.announce(1, "me");
    expect(watch.isCalled).toBe(true);
  });

  test("may have been missed by a node that subscribes again, which therefore counts as one", () => {
    const { nodes, watch } = watching("me");
    nodes.confirm(1);
    expect(watch.isCalled).toBe(false);
    nodes.announce(2, "me");
    expect(watch.isCalled).toBe(true);
  });

  test("reaches every waiter of the process that it is for", () => {
    const { nodes, watch } = watching("me");
    const other = nodes.announcements.watch(["a"], "other");
    nodes.announce(0, "");
    nodes.announce(1, "");
    expect([watch.isCalled, other.isCalled]).toEqual([true, true]);
  });

  test("reaches nobody who has ended", () => {
    const { nodes, watch } = watching("me");
    let isCalled = false;
    watch.whenCalled(() => (isCalled = true));
    watch.end();
    for (const node of [0, 1, 2]) nodes.announce(node, "me");
    expect(isCalled).toBe(false);
  });
});

describe("a watch", () => {
  test("is ready when a quorum of nodes has confirmed each of its channels", () => {
    const nodes = new FakeNodes();
    const watch = nodes.announcements.watch(["a", "b"], "me");
    let isTold = false;
    watch.whenReady(() => (isTold = true));
    nodes.confirm(0, "a");
    nodes.confirm(1, "a");
    nodes.confirm(1, "b");
    expect([
      watch.isReady,
      isTold,
      nodes.announcements.isListening(["a"]),
      nodes.announcements.isListening(["a", "b"]),
    ]).toEqual([false, false, true, false]);
    nodes.confirm(2, "b");
    expect([watch.isReady, isTold]).toEqual([true, true]);
  });

  test("subscribes once for all waiters of a resource", () => {
    const nodes = new FakeNodes();
    const first = nodes.announcements.watch(["a"], "first");
    expect(nodes.channelCounts).toEqual([1, 1, 1]);
    nodes.confirm(0);
    nodes.confirm(1);
    const second = nodes.announcements.watch(["a"], "second");
    expect([first.isReady, second.isReady]).toEqual([true, true]);
    expect(nodes.channelCounts).toEqual([1, 1, 1]);
  });

  test("leaves its channels for a moment to the next waiter, then gives them up, and its timer with them", () => {
    const { nodes, watch } = watching("me");
    watch.end();
    nodes.runtime.elapse(900);
    expect(nodes.announcements.isListening(["a"])).toBe(true);
    const next = nodes.announcements.watch(["a"], "next");
    expect(next.isReady).toBe(true);
    nodes.runtime.elapse(2_000);
    expect(nodes.channelCounts).toEqual([1, 1, 1]);
    next.end();
    nodes.runtime.elapse(2_000);
    expect(nodes.channelCounts).toEqual([0, 0, 0]);
    expect(nodes.runtime.timerCount).toBe(0);
    expect(nodes.announcements.isListening(["a"])).toBe(false);
  });

  test("ends with the Redlock: nothing is listened to, no timer runs", () => {
    const { nodes, watch } = watching("me");
    nodes.announcements.watch(["b"], "me").end();
    nodes.announcements.close();
    watch.end();
    expect(nodes.channelCounts).toEqual([0, 0, 0]);
    nodes.runtime.elapse(2_000);
    expect(nodes.runtime.timerCount).toBe(0);
  });
});
