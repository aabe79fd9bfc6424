/** `setImmediate` in a browser: a message to ourselves is a turn of its own, and is not slowed as timers are. */
const waiting: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.addEventListener("message", () => waiting.shift()?.());
port1.start();

export const setImmediate = (callback: () => void): void => {
  waiting.push(callback);
  port2.postMessage(undefined);
};

Object.assign(globalThis, { setImmediate: (globalThis as { setImmediate?: unknown }).setImmediate ?? setImmediate });
