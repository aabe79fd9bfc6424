/** docker-compose.yml cannot be started here; its facts can be read, and a real server can be given its settings. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { reservePort } from "../src/redis/port.ts";

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly restart: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const file = new URL("../../../docker-compose.yml", import.meta.url);
const compose: Compose = parse(await readFile(file, "utf8"), { merge: true });
const services = Object.values(compose.services);

/** `--name value` pairs of the command. */
function settingsOf(command: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>();
  for (let at = 1; at < command.length; at += 2) {
    expect(command[at]).toMatch(/^--[a-z-]+$/);
    settings.set(command[at]!.slice(2), command[at + 1]!);
  }
  return settings;
}

describe("the five nodes", () => {
  test("are bound to loopback, each on a port of its own", () => {
    expect(services.flatMap(({ ports }) => ports)).toEqual(
      [6391, 6392, 6393, 6394, 6395].map((port) => `127.0.0.1:${port}:6379`),
    );
  });

  test("share no volume", () => {
    const volumes = services.flatMap((service) => service.volumes.map((volume) => volume.split(":")[0]!));
    expect(new Set(volumes)).toEqual(new Set(Object.keys(compose.volumes)));
    expect(new Set(volumes).size).toBe(services.length);
  });

  test("know nothing of each other, restart, and are checked", () => {
    for (const { command, restart, healthcheck } of services) {
      expect(command.join(" ")).not.toMatch(/replicaof|slaveof|cluster-enabled|sentinel/);
      expect(restart).toBe("unless-stopped");
      expect(healthcheck.test.join(" ")).toContain("ping");
    }
  });

  test("sync every write and never evict", () => {
    for (const { command } of services) {
      expect(Object.fromEntries(settingsOf(command))).toMatchObject({
        appendonly: "yes",
        appendfsync: "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
      });
    }
  });
});

test("a real server accepts the settings", async () => {
  const { command } = services[0]!;
  const folder = await mkdtemp(join(tmpdir(), "quorate-compose-"));
  const reserved = await reservePort();
  const { port } = reserved;
  const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const server = spawn(process.env["REDIS_SERVER_BIN"] ?? "redis-server", [...command.slice(1), ...place], {
    stdio: "ignore",
  });
  const exited = once(server, "exit");
  const redis = new Redis({ host: "127.0.0.1", port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on("error", () => {
    // Not up yet: the retry strategy tries again, and a server that never comes up fails by the test's timeout.
  });
  try {
    for (const [name, value] of settingsOf(command)) {
      expect(await redis.config("GET", name)).toEqual([name, value]);
    }
  } finally {
    redis.disconnect();
    server.kill("SIGKILL");
    await exited;
    reserved.free();
    await rm(folder, { recursive: true, force: true });
  }
});
