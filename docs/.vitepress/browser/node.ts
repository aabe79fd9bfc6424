/**
 * What the library asks of Node, in a browser. The playground brings its own clocks, timers and network, so that most of
 * it is never called: it only has to be there when the modules load.
 */
import { Buffer } from "buffer/";
import { setImmediate } from "./set-immediate.ts";

// Some of the code knows it as a global.
Object.assign(globalThis, { Buffer });

export const hostname = (): string => "browser";
export const uptime = (): number => performance.now() / 1_000;
export const inspect = Object.assign((value: unknown): string => String(value), {
  custom: Symbol.for("nodejs.util.inspect.custom"),
});
export const createHash = (): never => unavailable("node:crypto");
export const createRequire = (): never => unavailable("node:module");

/** Nobody subscribes to diagnostics here. */
const silent = { hasSubscribers: false, publish() {}, subscribe() {} };
export const channel = (): object => silent;
export const tracingChannel = (): object => ({ ...silent, start: silent, end: silent });

/** Without contexts: nothing here asks for a reentrant lock. */
export class AsyncLocalStorage {
  run<Result>(_store: unknown, work: () => Result): Result {
    return work();
  }
  getStore(): undefined {
    return undefined;
  }
}

const { setTimeout, clearTimeout } = globalThis;
export const webcrypto = globalThis.crypto;
export { Buffer, clearTimeout, performance, setImmediate, setTimeout };
const { performance } = globalThis;

export default {
  performance,
  setTimeout,
  clearTimeout,
  setImmediate,
  pid: 1,
  env: {},
  versions: {},
  emitWarning: (warning: unknown): void => console.warn(warning),
};

function unavailable(name: string): never {
  throw new Error(`${name} is not there in a browser`);
}
