/** `npm run peers`: prints what goes wrong with whom. Ends with 1 where something goes wrong with ours. */
import { faults } from "./faults.ts";
import { libraries, ours } from "./library.ts";
import { playAll } from "./play-all.ts";

// Peers leave promises that reject when their nodes have gone.
process.on("unhandledRejection", () => {});
process.removeAllListeners("warning");

const results = await playAll(faults, libraries);
for (const fault of faults) {
  console.log(`\n${fault.name}`);
  for (const { library, seen } of results.filter((each) => each.fault === fault.name)) {
    const words = seen === undefined ? "-      has no such thing" : seen === "" ? "ok" : `FAILS  ${seen}`;
    console.log(`  ${library.padEnd(24)} ${words}`);
  }
}
const failed = results.filter(({ library, seen }) => library === ours.name && seen !== undefined && seen !== "");
process.exit(failed.length === 0 ? 0 : 1);
