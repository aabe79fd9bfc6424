/** All checks, the worst findings first. */
import { checkClocks } from "./checks/clock.ts";
import { checkGuard } from "./checks/guard.ts";
import { checkHolders } from "./checks/holders.ts";
import { checkIndependence } from "./checks/independence.ts";
import { checkMemory } from "./checks/memory.ts";
import { checkPersistence } from "./checks/persistence.ts";
import { checkReach } from "./checks/reach.ts";
import { checkRights } from "./checks/rights.ts";
import { checkVersions } from "./checks/version.ts";
import type { FleetFacts } from "./facts.ts";
import type { Finding, Severity } from "./finding.ts";

const order: readonly Severity[] = ["error", "warning", "notice"];

const checks = [
  checkReach,
  checkIndependence,
  checkVersions,
  checkRights,
  checkGuard,
  checkPersistence,
  checkMemory,
  checkClocks,
  checkHolders,
];

export function diagnose(fleet: FleetFacts): Finding[] {
  const findings = checks.flatMap((check) => check(fleet));
  return findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
