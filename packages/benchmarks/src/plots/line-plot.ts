/** One figure over one quantity, a line for each peer. */
import { peers, type PeerName } from "../peers/peers.ts";
import { peerColour } from "./theme.ts";

export interface Point {
  readonly peer: PeerName;
  readonly x: number;
  readonly y: number;
}

export interface LinePlot {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xScale: "log" | "linear";
  readonly yScale: "log" | "linear";
  readonly points: readonly Point[];
}

/** In the words of Vega-Lite. A logarithmic axis has no place for what is not positive. */
export function lineSpec(plot: LinePlot): object {
  const { title, xTitle, yTitle, xScale, yScale } = plot;
  const points = plot.points.filter(({ x, y }) => Number.isFinite(y) && (yScale === "linear" || y > 0) && x > 0);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  return {
    title,
    width: 520,
    height: 300,
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
        scale: { type: yScale },
        axis: { tickCount: 6, format: ",~r" },
      },
      color: peerColour([...new Set(points.map(({ peer }) => peer))]),
    },
  };
}
