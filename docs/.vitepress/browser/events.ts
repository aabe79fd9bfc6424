/** node:events in a browser: the package `events`, and what only Node has. */
import { EventEmitter } from "events";

export { EventEmitter };
export function setMaxListeners(): void {}
