/** The error that a promise rejects with, to look at it closely. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`rejected with what is no error: ${String(error)}`, { cause: error });
  }
  throw new Error("it resolved");
}
