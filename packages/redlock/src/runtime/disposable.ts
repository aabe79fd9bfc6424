/** `await using` for a class, where the realm has the symbol. */

/**
 * Not a method of the class: where the symbol is missing, its name would be "undefined", also after a polyfill came. So the
 * constructor calls this, wherever the symbol is not the one that was returned last.
 */
export function makeAsyncDisposable(
  prototype: object,
  end: (instance: never) => Promise<void>,
): typeof Symbol.asyncDispose | undefined {
  const { asyncDispose } = Symbol as { readonly asyncDispose?: typeof Symbol.asyncDispose };
  if (asyncDispose === undefined) return undefined;
  Object.defineProperty(prototype, asyncDispose, {
    configurable: true,
    writable: true,
    value(this: never) {
      return end(this);
    },
  });
  return asyncDispose;
}
