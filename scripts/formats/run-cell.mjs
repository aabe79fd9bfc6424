/** Runs a cell beside real servers, which are started again when they were shut down. */
import { startFleet } from "../../packages/testing/dist/index.js";
import { runQuietly } from "../bootstrap/step.mjs";
import { lay } from "./cells.mjs";

/** For a cell to end by itself; more means that something keeps it alive. */
const patienceMs = 90_000;

export class Stand {
  #fleet;
  #timer;
  #restarting = new Set();

  async start() {
    this.#fleet = await startFleet({ nodes: 3 });
    this.#timer = setInterval(() => this.#reviveAll(), 100);
  }

  get urls() {
    return this.#fleet.urls;
  }

  #reviveAll() {
    for (const server of [0, 1, 2].map((index) => this.#fleet.node(index))) {
      if (server.running || this.#restarting.has(server)) continue;
      this.#restarting.add(server);
      const again = () => this.#restarting.delete(server);
      server.restart({ keepData: false }).then(again, again);
    }
  }

  async stop() {
    clearInterval(this.#timer);
    await this.#fleet?.stop();
  }
}

/** Resolves with "passed", "FAILED" or "unavailable", and in how many words. */
export async function runCell(cell, projects, urls) {
  let folder;
  try {
    folder = await projects.folder(cell.project);
  } catch (error) {
    return { result: "unavailable", detail: lastLine(error) };
  }
  try {
    const { make, command } = await lay(folder, cell);
    const env = { ...process.env, ...cell.env, MATRIX_URLS: urls.join(","), FORCE_COLOR: "0" };
    const options = { cwd: folder, env, patienceMs };
    for (const words of make) await runQuietly(words, { ...options, env: { ...process.env, FORCE_COLOR: "0" } });
    if (command !== undefined) await runQuietly(command, options);
    return { result: "passed", detail: "" };
  } catch (error) {
    return { result: "FAILED", detail: error.message };
  }
}

const lastLine = (error) => error.message.trim().split("\n").at(-1);
