/**
 * `tsc -b` alone leaves the bundles of the packages as they were, and the simulator would try yesterday's code: it loads
 * @quorate/redlock as its users do. So a run refuses bundles that are older than what they are made of.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Throws where the bundle of @quorate/redlock is older than its compiled files. */
export function refuseStaleBundle(): void {
  const dist = dirname(dirname(fileURLToPath(import.meta.resolve("@quorate/redlock"))));
  const bundle = join(dist, "cjs", "shared.js");
  const compiled = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".js") && !/^(?:cjs|esm)[/\\]/.test(path),
  );
  const madeAtMs = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  const newer = compiled.find((path) => statSync(join(dist, path)).mtimeMs > madeAtMs);
  if (newer !== undefined) throw new Error(`${bundle} is older than ${newer} beside it: npm run build`);
}
