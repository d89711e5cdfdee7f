import fc from 'fast-check';
import type { ConnectionRecord } from '#access-token';
import { Secret } from '#platform';
import { MemoryTokenVault } from '../fixtures/memory.token-vault.fixture.js';
import { connectionOfHandle } from '../handles/handle.js';
import { StandIns } from './stand-ins.js';

let nowMs: number;
let standIns: StandIns;
let vault: MemoryTokenVault;
const connection = { tenant: 'default', connection_id: 'partner', status: 'active', revoked_up_to: 0, cut_off: new Set<string>() } as ConnectionRecord;
const GRANT = 'grant-1';

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  vault = new MemoryTokenVault();
  standIns = new StandIns({ vault, wallMs: () => nowMs });
});

const issue = (generation = 3, grantId = GRANT): Promise<string> => standIns.issue(connection, { generation, expiresAtMs: nowMs + 60_000 }, grantId);

test('a stand-in is good for its grant and connection until the time it was told, and not a millisecond longer', async () => {
  const standIn = await issue();
  expect(standIns.connectionOf(standIn)).toBe('partner');
  nowMs += 59_999;
  await standIns.assertGood(standIn, connection, GRANT);
  nowMs += 1;
  await expect(standIns.assertGood(standIn, connection, GRANT)).rejects.toMatchObject({ kind: 'permission_denied', reason: 'STAND_IN_EXPIRED' });
});

test('another grant, connection or tenant cannot use it', async () => {
  const standIn = await issue();
  for (const [of, grant] of [[connection, 'grant-2'], [{ ...connection, connection_id: 'other' }, GRANT], [{ ...connection, tenant: 'elsewhere' }, GRANT]] as const) {
    await expect(standIns.assertGood(standIn, of, grant)).rejects.toMatchObject({ reason: 'STAND_IN_UNKNOWN' });
  }
  await expect(issue(3, '')).rejects.toMatchObject({ kind: 'invalid_argument' });
});

test('it outlives a refresh of the token, but not a revocation, a suspension or its grant', async () => {
  const standIn = await issue(3);
  await standIns.assertGood(standIn, { ...connection, generation: 9, revoked_up_to: 2 }, GRANT);
  for (const changed of [{ revoked_up_to: 3 }, { status: 'suspended' as const }, { cut_off: new Set([GRANT]) }]) {
    await expect(standIns.assertGood(standIn, { ...connection, ...changed }, GRANT)).rejects.toMatchObject({ reason: 'STAND_IN_REVOKED' });
  }
});

test('Unwrap refuses it: a stand-in is no handle', async () => {
  const standIn = await issue();
  expect(() => connectionOfHandle(standIn)).toThrow('this is no handle');
});

test('no changed character passes', async () => {
  const standIn = await issue();
  await fc.assert(fc.asyncProperty(fc.nat(standIn.length - 1), fc.constantFrom(...'abcXYZ019-_'), async (at, character) => {
    const changed = standIn.slice(0, at) + character + standIn.slice(at + 1);
    if (changed === standIn) return;
    await expect(standIns.assertGood(changed, connection, GRANT)).rejects.toMatchObject({ kind: 'permission_denied' });
  }), { numRuns: 200 });
});

test('it holds nothing of the token, and a token that looks like its signature has another one', async () => {
  const standIn = await issue();
  expect(standIn).toMatch(/^si_partner_[A-Za-z0-9_-]{66}$/);
  const signature = Buffer.from(standIn.split('_').slice(2).join('_'), 'base64url').subarray(17).toString('hex');
  const text = ['docket', 'stand-in', 'default', 'partner', GRANT].join('');
  expect(await vault.fingerprint({ tenant: 'default', connectionId: 'partner' }, new Secret(text))).not.toBe(signature);
});
