/** One redis-server process of a fleet, and what can be done to it. */
import { randomUUID } from "node:crypto";
import { growOld } from "./grow-old.ts";
import type { CommandLine } from "./command-line.ts";
import { launch } from "./launch.ts";
import type { Reply } from "./resp.ts";
import type { ServerClock } from "./server-clock.ts";
import { ServerCommands } from "./server-commands.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerProcess, ServerState } from "./server-process.ts";
import { serverHost, type ServerSite } from "./server-site.ts";
import { until } from "./until.ts";

/** A busy machine may let a server stand still for seconds. */
const answerWithinMs = 20_000;

/** A server's data as they were at one moment. */
export interface Snapshot {
  readonly path: string;
}

/**
 * `keepData: true`: a running server saves first, so that it comes back with all its data; a killed one comes back with
 * what its own settings brought to disk, which by default is nothing. `keepData: false`: it comes back empty. `from`:
 * it comes back with older data, as from a backup.
 */
export type RestartOptions = { readonly keepData: boolean } | { readonly from: Snapshot };

/** A node of a fleet; it survives the process that runs in it. */
export class RedisServer extends ServerCommands {
  /** Its place in the fleet, from 0. */
  readonly index: number;
  readonly host: string = serverHost;
  /** Called whenever `state` becomes another one by the rig's doing. */
  onState: ((state: ServerState) => void) | undefined;
  readonly #site: ServerSite;
  #commandLine: CommandLine | undefined;
  #process: ServerProcess | undefined;
  #state: ServerState = "down";

  /** For `startFleet`, which starts it before anybody else sees it. */
  constructor(index: number, site: ServerSite) {
    super();
    this.index = index;
    this.#site = site;
  }

  /** Starts the server for the first time; resolves when it answers. */
  async start(): Promise<void> {
    while (!(await this.#launch())) await this.#site.moveToAnotherPort();
    this.clock?.reset();
    if (this.options.ageMs !== undefined) await growOld(this, this.options.ageMs);
  }

  get options(): ServerOptions {
    return this.#site.options;
  }

  get port(): number {
    return this.#site.port;
  }

  /** Moves the server's wall clock; `undefined` when not asked for, or not available here: see `findClockShim`. */
  get clock(): ServerClock | undefined {
    return this.#site.clock;
  }

  /** The server itself, not through a proxy; logs in as `options.user` where there is one. */
  get url(): string {
    return this.urlAt(this.port);
  }

  /** The same at another port: a proxy's. */
  urlAt(port: number): string {
    const { user } = this.options;
    const login = user === undefined ? "" : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
    return `redis://${login}${this.host}:${port}`;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Throws when the server is down. */
  get pid(): number {
    if (!this.#process?.running) throw new Error(`${this.#name} is down`);
    return this.#process.pid;
  }

  /** As far as the rig knows: a server that crashed by itself still counts as running. */
  get state(): ServerState {
    return this.#state;
  }

  /** SIGKILL, paused or not; resolves when the process is gone, also when it was gone before. */
  async kill(): Promise<void> {
    this.#commandLine?.close();
    this.#process?.signal("SIGKILL");
    this.#become("down");
    await this.#process?.exited;
  }

  /** A graceful end, which saves only what the server's own settings say; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.resume();
    this.#process?.signal("SIGTERM");
    this.#become("down");
    await this.#process?.exited;
  }

  /** SIGSTOP: its connections stay open and silent. Resolves when it really stands still. */
  async pause(): Promise<void> {
    await this.#process?.freeze();
    if (this.running) this.#become("paused");
  }

  /** SIGCONT. */
  resume(): void {
    this.#process?.signal("SIGCONT");
    if (this.#state === "paused") this.#become("running");
  }

  /** Starts it again on the same port, ending it first where it still runs; resolves when it answers. */
  async restart(options: RestartOptions): Promise<void> {
    if ("keepData" in options && options.keepData && this.running) {
      this.resume();
      // The answer to a shutdown that goes well is the end of the connection.
      await this.command("SHUTDOWN", "SAVE").catch(() => undefined);
    }
    await this.kill();
    if ("from" in options) return this.#restartFrom(options.from);
    if (!options.keepData) await this.#site.replaceData();
    await this.#relaunch();
  }

  /** Copies the data as they are now, for `restart({ from })`. */
  async snapshot(): Promise<Snapshot> {
    await this.command("SAVE");
    return { path: await this.#site.copySnapshot(`snapshot-${randomUUID()}.rdb`) };
  }

  command(name: string, ...args: readonly (string | number)[]): Promise<Reply> {
    if (this.#commandLine === undefined) throw new Error(`${this.#name} was never started`);
    return this.#commandLine.run([name, ...args], answerWithinMs);
  }

  /** Ends it for good; part of `Fleet.stop`. */
  async dispose(): Promise<void> {
    await this.kill();
    this.#site.leave();
  }

  get #name(): string {
    return `node ${this.index} (${this.host}:${this.port})`;
  }

  async #restartFrom(snapshot: Snapshot): Promise<void> {
    await this.#site.replaceData(snapshot.path);
    // A server with an append-only file does not even look at a snapshot: that file is begun when it is loaded.
    await this.#relaunch({ appendonly: "no" });
    if (this.options.config?.["appendonly"] !== "yes") return;
    await this.configure("appendonly", "yes");
    await until(async () => {
      return /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(
        String(await this.command("INFO", "persistence")),
      );
    });
  }

  async #relaunch(config: Readonly<Record<string, string>> = {}): Promise<void> {
    if (!(await this.#launch(config))) throw new Error(`${this.#name} lost its port to another process`);
  }

  /** Whether the port was free; resolves when the server answers. */
  async #launch(config: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const launched = await launch(this.#site, config);
    this.#process = launched.process;
    this.#commandLine = launched.commandLine;
    if (launched.ready) this.#become("running");
    return launched.ready;
  }

  #become(state: ServerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.onState?.(state);
  }
}
