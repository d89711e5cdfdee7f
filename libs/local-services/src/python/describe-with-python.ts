import { type PythonPackages, pythonFolder, whyNoPython } from './packages.js';
import { reportUnavailable } from '../report-unavailable.js';

/** The first run on a machine fetches the packages. */
const FETCH_MS = 300_000;

/**
 * `describe` for tests that run a program in Python: with these packages, fetched with pip the first time. Without Python and pip they are
 * skipped with one line that says how to enable them; with REQUIRE_PYTHON=1 (CI) that line is a failing test instead.
 * @param body is given the packages' folder, for PYTHONPATH; call that inside tests and hooks
 */
export function describeWithPython(name: string, wanted: PythonPackages, body: (folder: () => string) => void): void {
  const why = whyNoPython(wanted);
  if (why !== undefined) return reportUnavailable(name, why, { variable: 'REQUIRE_PYTHON', remedy: 'Install Python 3.10 or later with pip.' });
  describe(name, () => {
    let folder = '';
    beforeAll(async () => {
      folder = await pythonFolder(wanted);
    }, FETCH_MS);
    body(() => {
      if (folder === '') throw new Error('the packages are not there yet: is this called outside a test?');
      return folder;
    });
  });
}
