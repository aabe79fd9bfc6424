/** Everything that `redlock.metrics()` counts, on a Prometheus endpoint. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PROMETHEUS_CONTENT_TYPE, prometheusText, Redlock } from "@quorate/redlock";
import { nodes } from "./nodes.ts";

const redlock = Redlock.connect(nodes, { name: "billing" });

const server = createServer((_request, response) => {
  response.setHeader("Content-Type", PROMETHEUS_CONTENT_TYPE);
  response.end(prometheusText(redlock.metrics()));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

await redlock.using("examples:invoice", 10_000, () => {});
await redlock.using("examples:invoice", 10_000, () => {});

const page = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text();
const shown = /^redlock_(?:acquired_total|held_locks|quorum|held_duration_seconds_count|lost_total)\{/;
for (const line of page.split("\n").filter((line) => shown.test(line))) console.log(line);
// A resource's name is no label: there is no end of them.
console.log(`names the resource: ${page.includes("invoice")}`);

server.close();
await redlock.close();
