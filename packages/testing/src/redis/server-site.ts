/** The place where one server of a fleet lives: its port, folder, configuration and clock. A restart stays in it. */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findClockShim } from "./clock-shim.ts";
import { reservePort, type ReservedPort } from "./port.ts";
import { ServerClock } from "./server-clock.ts";
import { writeConfig, type ServerOptions } from "./server-options.ts";
import { ServerProcess } from "./server-process.ts";

export const serverHost = "127.0.0.1";

export class ServerSite {
  readonly options: ServerOptions;
  readonly clock: ServerClock | undefined;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #reserved: ReservedPort;

  private constructor(folder: string, options: ServerOptions, reserved: ReservedPort, library: string | undefined) {
    this.options = options;
    this.#folder = folder;
    this.#reserved = reserved;
    this.#env = {};
    if (library === undefined) return;
    const clockFile = join(folder, "clock");
    // Started in the past: when the clock is set right, the server believes that it has run since then.
    this.clock = new ServerClock(clockFile, -(options.ageMs ?? 0));
    this.#env = { LD_PRELOAD: library, QUORATE_CLOCK: clockFile };
  }

  static async make(folder: string, options: ServerOptions): Promise<ServerSite> {
    await mkdir(join(folder, "data"), { recursive: true });
    const shim = (options.clock ?? options.ageMs !== undefined) ? await findClockShim() : undefined;
    return new ServerSite(folder, options, await reservePort(), shim?.available === true ? shim.library : undefined);
  }

  get port(): number {
    return this.#reserved.port;
  }

  /** Starts a server; it is not ready when this resolves. `config` goes before the options' own. */
  async launch(config: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const options = { ...this.options, config: { ...this.options.config, ...config } };
    const configFile = join(this.#folder, "redis.conf");
    await writeFile(configFile, writeConfig(this.port, serverHost, join(this.#folder, "data"), options));
    return new ServerProcess(this.#folder, [process.env["REDIS_SERVER_BIN"] ?? "redis-server", configFile], this.#env);
  }

  /** Another process took the port after we had looked. Only before anybody knows it. */
  async moveToAnotherPort(): Promise<void> {
    const taken = this.#reserved;
    this.#reserved = await reservePort();
    taken.free();
  }

  async copySnapshot(name: string): Promise<string> {
    const path = join(this.#folder, name);
    await cp(join(this.#folder, "data", "dump.rdb"), path);
    return path;
  }

  /** Replaces whatever data there are by a snapshot's, or by nothing. The server must be down. */
  async replaceData(snapshotPath?: string): Promise<void> {
    await rm(join(this.#folder, "data"), { recursive: true, force: true });
    await mkdir(join(this.#folder, "data"));
    if (snapshotPath !== undefined) await cp(snapshotPath, join(this.#folder, "data", "dump.rdb"));
  }

  leave(): void {
    this.clock?.close();
    this.#reserved.free();
  }
}
