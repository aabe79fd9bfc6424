/** Placeholder until the demo is written. */
process.stdout.write("The demo is not written yet.\n");
