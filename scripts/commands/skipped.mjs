/** A reporter of vitest that tells which tests were skipped, and why: a skip that nobody sees is a hole. */
export default class Skipped {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) => [...module.children.allTests("skipped")]);
    for (const test of skipped) {
      console.log(`Skipped: ${test.fullName}: ${test.result().note ?? "for no reason that was told"}`);
    }
  }
}
