/** What both floors release with: compare and delete, the same as every peer's release at heart. */
import { createHash } from "node:crypto";

export const deleteScript: string =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

export const deleteScriptSha1: string = createHash("sha1").update(deleteScript).digest("hex");
