import { drawPlan, renderHtml, renderTimeline, runPlan, storyOfRun, type Story } from "@quorate/testing";
import { expect, test } from "vitest";

import { HandWritten } from "./hand-written.ts";

function storyOf(written: HandWritten, breaches: Story["breaches"] = []): Story {
  const trouble = { fromMs: 1_005, toMs: 1_030, text: "killed", isOutage: true, nodes: [1], processes: [] };
  const vote = { atMs: 1_010, node: 0, operation: "acquire", isGranted: true, text: "A acquire <orders>" };
  const { events } = written;
  const whole = { title: "a story", nodeCount: 2, processes: ["A"], troubles: [trouble], votes: [vote] };
  return { ...whole, history: events, breaches, fromMs: 1_000, toMs: 1_100 };
}

test("two who hold at the same time are drawn as a pair, and their common time in red", () => {
  const written = new HandWritten();
  written.held("A", 1_010, { releasedAtMs: 1_060 });
  written.held("B", 1_050, { releasedAtMs: 1_070 });
  const html = renderHtml(storyOf(written, [{ atMs: 1_050, promise: "mutual exclusion", detail: "A & B" }]));
  expect(html.match(/<rect class="pair" /g)).toHaveLength(2 + 1);
  expect(html.match(/<rect class="both" /g)).toHaveLength(2 + 1);
  expect(html).toContain("mutual exclusion at 50.000 ms: A &amp; B");
});

test("without an overlap nothing is red", () => {
  const written = new HandWritten();
  written.held("A", 1_010, { releasedAtMs: 1_020 });
  written.held("B", 1_050, { releasedAtMs: 1_070 });
  const html = renderHtml(storyOf(written));
  // The legend alone.
  expect(html.match(/<rect class="(pair|both)" /g)).toHaveLength(2);
  expect(html.match(/<rect class="held" /g)).toHaveLength(2 + 1);
});

test("the file loads nothing from anywhere, and what people wrote in it is text", () => {
  const html = renderHtml(storyOf(new HandWritten()));
  expect(html.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|src=|href=|<script|url\(/);
  expect(html).toContain("A acquire &lt;orders&gt;");
});

test("the text tells events and troubles in order, counted from the beginning", () => {
  const written = new HandWritten();
  written.held("A", 1_010, { releasedAtMs: 1_020 });
  const lines = renderTimeline(storyOf(written)).split("\n");
  expect(lines.map((line) => line.trim().replace(/ +/g, " ").slice(0, 32))).toEqual([
    "5.000 !!! killed",
    "9.000 A (hand-1) asks for orders",
    "10.000 A (hand-1) granted orders",
    "20.000 A (hand-1) released order",
    "30.000 end of killed",
  ]);
});

test("a simulated run is told with its faults and every vote", async () => {
  const story = storyOfRun(await runPlan(drawPlan(12), { traceAnswers: true }));
  expect(story.troubles.length).toBeGreaterThan(0);
  expect(story.votes.length).toBeGreaterThan(100);
  expect(renderHtml(story)).toContain('<rect class="vote acquire" ');
});
