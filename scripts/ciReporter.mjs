// For .ci/run: counts of the whole run in a form that needs no parsing, and no test left out without anybody noticing.
import { writeFileSync } from 'node:fs';

/** A Jest reporter, used when `CI` is set. Writes `N passed, N failed[, N skipped]` to the file that `TEST_SUMMARY_FILE` names. */
export default class CiReporter {
  #skipped = 0;

  onRunComplete(_contexts, results) {
    // A file that does not even load has no tests to count, yet it is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    this.#skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed${this.#skipped ? `, ${this.#skipped} skipped` : ''}`;
    const file = process.env.TEST_SUMMARY_FILE;
    if (file) writeFileSync(file, `${line}\n`);
  }

  getLastError() {
    return this.#skipped ? new Error(`${this.#skipped} skipped: with CI set, every test must run.`) : undefined;
  }
}
