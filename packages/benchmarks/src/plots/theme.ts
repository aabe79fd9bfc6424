/** Readable on white and on black: no background, text and lines of a middle grey, colours of middle lightness. */
import type { PeerName } from "../peers/peers.ts";
import { peers } from "../peers/peers.ts";

const grey = "#808080";

export const theme: object = {
  background: "transparent",
  font: "system-ui, sans-serif",
  axis: { labelColor: grey, titleColor: grey, domainColor: grey, tickColor: grey, gridColor: grey, gridOpacity: 0.25 },
  legend: { labelColor: grey, titleColor: grey, labelLimit: 300 },
  header: { labelColor: grey, titleColor: grey },
  title: { color: grey, fontSize: 14 },
  view: { stroke: null },
};

const colours: Readonly<Record<PeerName, string>> = {
  ours: "#1f8fff",
  "ours-unfair": "#0b9e43",
  "ours-unfenced": "#27b3a5",
  "redlock-5": "#e8590c",
  "redlock-4": "#c2852b",
  "redis-semaphore": "#a55eea",
  "redis-semaphore-single": "#a55eea",
  "counting-semaphore": "#c2852b",
  "redlock-universal": "#e64980",
  "raw-fan-out": "#7a9a2e",
  "tcp-floor": "#868e96",
  "ours-durable": "#1f8fff",
  etcd: "#419eda",
  zookeeper: "#5d7b3a",
  "no-lock": "#868e96",
};

/** A colour for each peer, the same in all plots; only those that take part. */
export function peerColour(taking: readonly PeerName[]): object {
  const shown = (Object.keys(colours) as PeerName[]).filter((peer) => taking.includes(peer));
  return {
    field: "label",
    type: "nominal",
    title: null,
    scale: { domain: shown.map((peer) => peers[peer].label), range: shown.map((peer) => colours[peer]) },
    sort: null,
  };
}
