import { writeSync } from 'node:fs';

/** Jest reporter: what was skipped, then the counts alone on the last line. A suite that could not run at all counts as one failed test. */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skippedTests = results.testResults.flatMap((file) => file.testResults).filter(({ status }) => status === 'pending' || status === 'todo');
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest prints its own summary after the last reporter; these lines must come after that.
    process.once('exit', () => {
      for (const { fullName } of skippedTests) writeSync(1, `skipped: ${fullName}\n`);
      writeSync(1, `${results.numPassedTests} passed, ${failed} failed, ${skippedTests.length} skipped\n`);
    });
  }
}
