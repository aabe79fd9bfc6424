/** `await using` for a class, where the realm has the symbol. */

const known = new WeakMap<object, symbol | undefined>();

/**
 * Not a method of the class: where the symbol is missing, its name would be "undefined", also after a polyfill came. So it
 * is called by the constructor, and does something once for each symbol.
 */
export function makeAsyncDisposable(prototype: object, end: (instance: never) => Promise<void>): void {
  const { asyncDispose } = Symbol as { readonly asyncDispose?: symbol };
  if (asyncDispose === undefined || known.get(prototype) === asyncDispose) return;
  known.set(prototype, asyncDispose);
  Object.defineProperty(prototype, asyncDispose, {
    configurable: true,
    writable: true,
    value(this: never) {
      return end(this);
    },
  });
}
