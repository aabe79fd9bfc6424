/**
 * The one place that asks for ioredis, which is an optional peer dependency. In the CommonJS build this is
 * `require("ioredis")`, which jest and bundlers see (scripts/commands/formats.mjs); here it is what an ES module can do.
 */
import { createRequire } from "node:module";

/** Throws where ioredis is not installed, or was left out of a bundle. */
export function loadIoredis(): unknown {
  return createRequire(import.meta.url)("ioredis");
}
