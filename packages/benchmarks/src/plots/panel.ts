/** One figure over one quantity, a line for each peer; and several of them side by side. */
import { peers, type PeerName } from "../peers/peers.ts";
import { peerColour } from "./theme.ts";
import { type Scale, ticksOf } from "./ticks.ts";

export interface Point {
  readonly peer: PeerName;
  readonly x: number;
  readonly y: number;
}

export interface Panel {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly points: readonly Point[];
}

export interface Plot {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Panels stand in rows of so many. */
const columnCount = 2;

/** In the words of Vega-Lite. */
export function plotSpec({ title, panels }: Plot): object {
  const taking = new Set(panels.flatMap(({ points }) => points.map(({ peer }) => peer)));
  const size = panels.length === 1 ? { width: 520, height: 300 } : { width: 300, height: 180 };
  const drawn = panels.map((panel) => ({ ...size, ...panelSpec(panel, [...taking]) }));
  return drawn.length === 1 ? { title, ...drawn[0] } : { title, columns: columnCount, concat: drawn };
}

/** A logarithmic axis has no place for what is not positive. */
function panelSpec(panel: Panel, taking: readonly PeerName[]): object {
  const { xTitle, yTitle, xScale, yScale } = panel;
  const points = panel.points.filter(({ x, y }) => Number.isFinite(y) && (yScale !== "log" || y > 0) && x > 0);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const { scale, axis } = ticksOf(
    yScale,
    points.map(({ y }) => y),
  );
  return {
    data: { values: points.map((point) => ({ ...point, label: peers[point.peer].label })) },
    mark: { type: "line", point: true, strokeWidth: 2 },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: xTitle,
        scale: { type: xScale },
        axis: { values: xs, format: "," },
      },
      y: {
        field: "y",
        type: "quantitative",
        title: yTitle,
        scale,
        axis: { ...axis, format: ",~r" },
      },
      color: peerColour(taking),
    },
  };
}
