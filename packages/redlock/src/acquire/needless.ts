/** Thrown by a request's `beforeRetry`: what the lock was wanted for is there already. It ends the waiting, as no failure. */
export class Needless extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super("the lock is not needed any more");
    this.result = result;
  }
}
