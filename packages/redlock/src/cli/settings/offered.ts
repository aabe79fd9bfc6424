/** A command that is offered to people: pasted as it stands, it looks at the same nodes as the one that offers it. */
import { quote, quoteOperand } from "../../errors/quote.ts";
import { nodeAddress } from "./node-url.ts";
import type { Settings } from "./settings.ts";

export function offerInspect(settings: Settings, resource: string): string {
  const { keyPrefix } = settings;
  const prefix = keyPrefix === "" ? "" : ` --key-prefix ${quote(keyPrefix)}`;
  return `npx redlock inspect ${nodesOf(settings)}${prefix} ${quoteOperand(resource)}`.replace(/ {2,}/, " ");
}

/** Passwords are not shown: what has any is found where it was found before. */
function nodesOf({ urls, source, secrets }: Settings): string {
  const isHidden = secrets.length > 0 && source !== "--nodes";
  if (!isHidden) return `--nodes ${quote(urls.map(nodeAddress).join(","))}`;
  return source === "REDLOCK_NODES" ? "" : `--config ${quote(source)}`;
}
