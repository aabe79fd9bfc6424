/** Starts a server's process and tells when it can be used. */
import { CommandLine } from "./command-line.ts";
import type { ServerProcess } from "./server-process.ts";
import { serverHost, type ServerSite } from "./server-site.ts";
import { until } from "./until.ts";

const answerWithinMs = 20_000;

/** What came of a start. */
export interface Launch {
  readonly process: ServerProcess;
  readonly commandLine: CommandLine;
  /** false: another process has the port. */
  readonly ready: boolean;
}

/** Resolves when the server answers, or could not have its port; rejects with its own words when it ended otherwise. */
export async function launch(site: ServerSite, config: Readonly<Record<string, string>>): Promise<Launch> {
  const process = await site.launch(config);
  const commandLine = new CommandLine(serverHost, site.port);
  await until(async () => !process.running || (await answersAs(commandLine, process)));
  if (process.running) return { process, commandLine, ready: true };
  commandLine.close();
  if (process.log.includes("Address already in use")) return { process, commandLine, ready: false };
  throw new Error(`${serverHost}:${site.port} did not start: ${process.log.trim()}`);
}

/** Another process's server on the same port would answer too, and must never be flushed by us. */
async function answersAs(commandLine: CommandLine, process: ServerProcess): Promise<boolean> {
  const ask = (...args: string[]): Promise<unknown> => commandLine.run(args, answerWithinMs).catch(() => undefined);
  if ((await ask("PING")) !== "PONG") return false;
  return String(await ask("INFO", "server")).includes(`\nprocess_id:${process.pid}\r`);
}
