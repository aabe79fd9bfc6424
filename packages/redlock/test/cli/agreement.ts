/** That the error of an acquire, health, the metrics and doctor say the same of one fault, and what to do. */
import { expect } from "vitest";
import type { Redlock } from "@quorate/redlock";
import { errorOf } from "../support/error-of.ts";
import { redlock as cli } from "./redlock-process.ts";

export interface Agreed {
  readonly error: RegExp;
  /** Of a node that does not vote, as health tells it. */
  readonly why: RegExp;
  /** doctor's finding, an error; and what it says to do. */
  readonly finding: string;
  readonly remedy: RegExp;
  /** What doctor is told besides of these locks. */
  readonly doctorArguments?: readonly string[];
}

/** `redlock`: on the nodes at `urls`, of which no quorum votes. */
export async function agree(redlock: Redlock, urls: readonly string[], said: Agreed): Promise<void> {
  const error = await errorOf(redlock.tryAcquire("truth", 10_000));
  expect(error.message).toMatch(said.error);
  expect(error.message).not.toMatch(/waitMs|:pw@|:no@/);
  const { nodes, quorumReachable, votingCount, quorum } = redlock.health();
  expect(quorumReachable).toBe(false);
  expect(nodes.map(({ why }) => why)).toContainEqual(expect.stringMatching(said.why));
  const gauge = redlock.metrics().metrics.find(({ name }) => name === "redlock_voting_nodes");
  expect(gauge).toMatchObject({ samples: [{ value: votingCount }] });
  expect(votingCount).toBeLessThan(quorum);
  const { exitCode, findings } = await examine(urls, said.doctorArguments);
  expect(exitCode).toBe(2);
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, remedy }) => `${code}: ${remedy}`)).toContainEqual(
    expect.stringMatching(new RegExp(`^${said.finding}: .*${said.remedy.source}`)),
  );
}

export interface DoctorFinding {
  readonly code: string;
  readonly severity: string;
  readonly nodes: readonly string[];
  readonly problem: string;
  readonly remedy: string;
}

/** What doctor finds about locks of 10 s on "truth". */
export async function examine(
  urls: readonly string[],
  doctorArguments: readonly string[] = [],
): Promise<{ readonly exitCode: number | null; readonly findings: readonly DoctorFinding[] }> {
  const guard = doctorArguments.includes("--restart-guard") ? [] : ["--restart-guard", "0"];
  const args = ["doctor", "--json", "--ttl", "10s", ...guard, ...doctorArguments, "truth"];
  const { stdout, exitCode } = await cli(args, { env: { REDLOCK_NODES: urls.join(",") } });
  return { exitCode, findings: (JSON.parse(stdout) as { findings: DoctorFinding[] }).findings };
}
