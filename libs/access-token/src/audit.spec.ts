import { Partition, SETTINGS, bar, begin, cutOff, denied, endHeld, failed, finished, hash64, id32, liftBar, liftCutOff, register, reject, renew, reset, reveal, revoke, rotate, served, unwrap, wrap } from './fixtures/connection.js';
import type { TokenCommand } from './commands.js';
import type { TokenEvent } from './model.js';

const WHO = { actor: 'edge', grant_id: 'grant-1', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' };
const by = <C extends TokenCommand>(command: C): C => ({ ...command, ...WHO });
const HOUR_MS = 3_600_000;

/** A connection's life in which everything happens that the contract wants to be found later. */
function lived(): TokenEvent[] {
  const partition = new Partition().given(by(register({ settings: { ...SETTINGS, delivery: 'reveal', mints_per_minute_max: 3 } })));
  partition.given(by(begin(1, { reason: 'missing' })), by(finished(1)));
  partition.given(by(served(1)), by(wrap(1, 1)), by(unwrap(1, 1)), by(unwrap(1, 2)), by(reveal(1)), by(denied()));
  partition.after(HOUR_MS - 100_000).given(by(begin(2, { reason: 'soft', known_generation: 1 })), by(finished(2)));
  partition.after(HOUR_MS - 20_000).given(by(begin(3, { reason: 'hard', known_generation: 2 })), by(finished(3)));
  partition.given(by(reject(3)), by(begin(4, { reason: 'rejected', known_generation: 3 })), by(failed(4, { class: 'permanent', code: 'invalid_client', status: 401 })));
  partition.given(by(reset()), by(begin(5)), by(finished(5)), by(revoke()));
  partition.when(by(begin(6)));
  partition.given(by(rotate(2)), by(renew(2, 9)), by(cutOff('grant-2')), by(liftCutOff('grant-2')));
  partition.after(60_000).given(by(begin(7)), by(finished(7)), by(reveal(5)), by(endHeld()), by(bar('grant-2')), by(liftBar('grant-2')));
  return partition.events;
}

test.each<[string, Partial<TokenEvent>]>([
  ['a secret that was created', { type: 'ConnectionRegistered', secret_version: 1 }], ['a secret that was rotated', { type: 'SecretRotated', secret_version: 2 }],
  ['a secret that was renewed', { type: 'SecretRenewed', secret_id: id32(9) }],
  ['a secret that was read', { type: 'MintStarted', secret_id: id32(1) }], ['a mint for want of a token', { type: 'MintStarted', reason: 'missing' }], ['a refresh in the soft margin', { type: 'MintStarted', reason: 'soft' }],
  ['a refresh in the hard margin', { type: 'MintStarted', reason: 'hard' }], ['a refresh after a 401', { type: 'MintStarted', reason: 'rejected', after_rejection: true }],
  ['a mint that went well', { type: 'TokenMinted', generation: 1, fingerprint: hash64(1), took_ms: 50 }], ['a mint that failed', { type: 'MintFailed', class: 'permanent', code: 'invalid_client', status: 401, took_ms: 50 }],
  ['a breaker that opened', { type: 'MintFailed', class: 'permanent' }], ['a breaker that closed', { type: 'BreakerReset' }], ['a mint that a cap refused', { type: 'MintRefused', cap: 'connection' }],
  ['what was served', { type: 'TokenServed', served: 10 }], ['a rejection', { type: 'TokenRejected', generation: 3, fingerprint: hash64(3) }], ['a revocation', { type: 'TokenRevoked' }],
  ['a handle that was taken', { type: 'TokenUnwrapped', generation: 1, fingerprint: hash64(1) }], ['a denial', { type: 'AccessDenied', reason: 'HANDLE_USED' }],
  ['a hand-over in clear', { type: 'TokenRevealed', generation: 1, fingerprint: hash64(1) }], ['a grant that was cut off', { type: 'GrantCutOff', holder: 'grant-2' }],
  ['a grant that was cut off from all connections', { type: 'GrantBarred', holder: 'grant-2' }], ['tokens of a grant that have ended', { type: 'GrantTokensEnded', holder: 'grant-1' }],
  ['a cut-off that was lifted', { type: 'GrantBarLifted', holder: 'grant-2' }], ['a cut-off of one connection that was lifted', { type: 'GrantCutOffLifted', holder: 'grant-2' }],
])('%s is in the log', (_, expected) => {
  expect(lived()).toEqual(expect.arrayContaining([expect.objectContaining(expected)]));
});

test('every event names tenant and connection, and who caused it, under which grant, in which trace; those of a token its generation, fingerprint and end', () => {
  const events = lived();
  expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(14);
  for (const event of events) {
    // Being cut off from all connections is of no connection.
    expect(event).toMatchObject(event.type.startsWith('GrantBar') ? { tenant: 'default', holder: 'grant-2' } : { tenant: 'default', connection_id: 'partner' });
    // Nobody asks for a refresh token's successor: the issuer hands it out with a mint, whose event says who caused that.
    if (event.type !== 'SecretRenewed') expect(event).toMatchObject(WHO);
    if (['TokenMinted', 'TokenRejected', 'TokenWrapped', 'TokenUnwrapped', 'TokenRevealed'].includes(event.type)) {
      expect(event).toMatchObject({ generation: expect.any(Number), fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), expires_at_ms: expect.any(Number) });
    }
  }
});

test('no event has a field for a token or a secret, and an event with one is refused', () => {
  const partition = new Partition();
  for (const event of lived()) {
    expect(Object.keys(event).filter((key) => /^(?:token|secret|access_token|api_secret|value|handle_text)$/.test(key))).toEqual([]);
    expect(() => partition.machine.encode({ ...event, token: 'x' } as never)).toThrow();
  }
});
