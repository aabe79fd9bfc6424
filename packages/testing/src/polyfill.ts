/**
 * Faults are guards that heal at the end of their scope: `using cut = fleet.net.partition([1])`. jest 29's realm has no
 * symbols for that, and would name all of these methods "undefined".
 */
const symbols = Symbol as { dispose?: symbol; asyncDispose?: symbol };
symbols.dispose ??= Symbol("Symbol.dispose");
symbols.asyncDispose ??= Symbol("Symbol.asyncDispose");
