import { connect } from './connect.js';
import type { DocketClient } from './docket-client.js';
import { FakeDecider } from './fake-decider.fixture.js';
import type { ConnectOptions } from './options.js';
import type { Undecided } from './undecided.js';

export const GRANT = 'a1'.repeat(16);
export const CREDENTIAL = `dk_${'0'.repeat(16)}_canary-credential`;
/** Long enough for any machine; what is to end by its deadline says so itself. */
export const PATIENT_MS = 100_000;

const started: (() => Promise<void> | void)[] = [];

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const stop of started.splice(0).reverse()) await stop();
}

export async function startDecider(port = 0): Promise<FakeDecider> {
  const decider = await new FakeDecider().start(port);
  started.push(() => decider.stop());
  return decider;
}

export function client(deciders: readonly FakeDecider[], options: Partial<ConnectOptions> = {}): DocketClient {
  const made = connect({ addresses: deciders.map(({ address }) => address), credential: CREDENTIAL, deadlineMs: PATIENT_MS, silenceMs: PATIENT_MS, ...options });
  // Nothing is pending any more after a test; a client that does not close would hang here.
  started.push(() => made.close());
  return made;
}

/** What a call that must not be decided is rejected with. */
export async function undecided(call: Promise<unknown>): Promise<Undecided> {
  return call.then((found) => { throw new Error(`it was decided: ${JSON.stringify(found)}`); }, (error: Undecided) => error);
}
