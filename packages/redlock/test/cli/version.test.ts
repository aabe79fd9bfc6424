import { expect, test } from "vitest";
import { checkVersions } from "../../src/cli/doctor/checks/version.ts";
import type { FleetFacts } from "../../src/cli/doctor/facts.ts";

/** A node that calls itself so in its INFO. */
const told = (node: string, info: Readonly<Record<string, string>>) => ({ node, info: new Map(Object.entries(info)) });

test("servers older than Redis 7 are warned about; Valkey, which says 7.2 to old clients, is not", () => {
  const nodes = [
    told("old", { redis_version: "6.2.14" }),
    told("redis", { redis_version: "7.0.15" }),
    told("valkey", { redis_version: "7.2.4", valkey_version: "8.1.1" }),
    told("silent", {}),
  ];
  expect(checkVersions({ nodes } as unknown as FleetFacts)).toMatchObject([{ code: "OLD_VERSION", nodes: ["old"] }]);
});
