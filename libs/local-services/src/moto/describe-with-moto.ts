import { whyNoMoto } from './distribution.js';
import { MotoServer } from './server.js';
import { reportUnavailable } from '../report-unavailable.js';

/** The first start on a machine fetches moto. */
const START_MS = 300_000;

/**
 * `describe` for tests that need AWS: moto's server, one per call, started with Python and pip. Without them they are skipped with
 * one line that says how to enable them; with REQUIRE_MOTO=1 (CI) that line is a failing test instead.
 * @param body is given where it answers; call that inside tests and hooks
 */
export function describeWithMoto(name: string, body: (endpoint: () => string) => void): void {
  const why = whyNoMoto();
  if (why !== undefined) return reportUnavailable(name, why, { variable: 'REQUIRE_MOTO', remedy: 'Install Python 3.10 or later with pip.' });
  describe(name, () => {
    let server: MotoServer | undefined;
    beforeAll(async () => {
      server = await MotoServer.start();
    }, START_MS);
    afterAll(() => server?.stop());
    body(() => {
      if (server === undefined) throw new Error('moto has not been started: is this called outside a test?');
      return server.endpoint;
    });
  });
}
