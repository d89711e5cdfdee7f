import type { Identity } from '#registry';
import { ADA, DENY_ALL, Worlds, type World } from './fixtures/world.js';
import { watchGrants, type WatchedChange } from './watch-grants.js';

const GATEWAY: Identity = { ...ADA, credential_id: 'f'.repeat(16), subject: 'edge', roles: ['gateway'] };
let worlds: Worlds;
let world: World;
let ended: AbortController;
beforeEach(async () => {
  worlds = new Worlds();
  ended = new AbortController();
  world = await (await worlds.next()).start();
});
afterEach(() => {
  ended.abort();
  return worlds.end();
});

function watch(options: { afterOffset?: number; caller?: Identity; bufferMax?: number } = {}): AsyncGenerator<WatchedChange, void, undefined> {
  const { afterOffset = 0, caller = GATEWAY, bufferMax } = options;
  return watchGrants(world.host.follower, caller, { afterOffset, signal: ended.signal, ...(bufferMax === undefined ? {} : { bufferMax }) });
}

function words(change: WatchedChange | void): string {
  if (change === undefined) return 'end';
  if ('inSync' in change) return 'in sync';
  const { edit } = change;
  return edit.type === 'SetGrant' ? `grant ${edit.policy_id || 'without policy'}${edit.revoked ? ' revoked' : ''}` : `policy ${edit.policy_id}`;
}

async function next(stream: AsyncGenerator<WatchedChange, void, undefined>, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) seen.push(words((await stream.next()).value));
  return seen;
}

describe('watching grants', () => {
  it('shows everything as it is, then says so, then every change', async () => {
    const grantId = await world.grant('');
    await world.edits.attachPolicy(ADA, grantId, 'open', 'enforce');
    const stream = watch();
    expect(await next(stream, 3)).toEqual(['policy open', 'grant open', 'in sync']);
    await world.edits.publishPolicy(ADA, 'open', DENY_ALL);
    await world.edits.revokeGrant(ADA, grantId);
    await world.edits.registerServer(ADA, 'mail', 'Mail');
    expect(await next(stream, 2)).toEqual(['policy open', 'grant open revoked']);
  });

  it('goes on after the registry offset that was seen last', async () => {
    const grantId = await world.grant();
    const first = watch();
    await first.next();
    await first.next();
    const { value } = await first.next();
    const afterOffset = (value as WatchedChange).registryOffset;
    expect(afterOffset).toBe(world.host.follower.through);
    await world.edits.revokeGrant(ADA, grantId);
    const again = watch({ afterOffset });
    expect(await next(again, 2)).toEqual(['grant open revoked', 'in sync']);
  });

  it('never shows an object older than before, whatever changes while the stream begins', async () => {
    const grantId = await world.grant('');
    const stream = watch();
    expect(await next(stream, 1)).toEqual(['policy open']);
    await world.edits.attachPolicy(ADA, grantId, 'open', 'enforce');
    await world.edits.revokeGrant(ADA, grantId);
    expect(await next(stream, 2)).toEqual(['grant open revoked', 'in sync']);
    await world.edits.publishPolicy(ADA, 'open', DENY_ALL);
    expect(await next(stream, 1)).toEqual(['policy open']);
  });

  it('shows a gateway the grants of its own servers and organisation only', async () => {
    await world.grant();
    expect(await next(watch({ caller: { ...GATEWAY, server_ids: ['mail'] } }), 2)).toEqual(['policy open', 'in sync']);
    expect(await next(watch({ caller: { ...GATEWAY, server_ids: ['files'] } }), 3)).toEqual(['policy open', 'grant open', 'in sync']);
    expect(await next(watch({ caller: { ...GATEWAY, organisation: 'other' } }), 1)).toEqual(['in sync']);
  });

  it('ends with an error for a consumer that does not read', async () => {
    await world.grant();
    const stream = watch({ bufferMax: 2 });
    expect(await next(stream, 3)).toHaveLength(3);
    for (let n = 0; n < 3; n += 1) await world.edits.issueGrant(ADA, { server_id: 'files', policy_id: '', label: '', expires_at_ms: null });
    await expect(stream.next()).rejects.toMatchObject({ kind: 'resource_exhausted', reason: 'WATCH_TOO_SLOW' });
  });

  it('ends when the credential behind it is revoked', async () => {
    const { credential } = await world.edits.issueCredential(ADA, 'edge', ['gateway'], []);
    const stream = watch({ caller: { ...GATEWAY, credential_id: credential.credential_id } });
    expect(await next(stream, 1)).toEqual(['in sync']);
    const waiting = stream.next();
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ kind: 'unauthenticated', reason: 'CREDENTIAL_REVOKED' }),
      world.edits.revokeCredential(ADA, credential.credential_id),
    ]);
  });

  it('ends quietly when it is asked to', async () => {
    const stream = watch();
    expect(await next(stream, 1)).toEqual(['in sync']);
    const waiting = stream.next();
    ended.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('refuses an offset that cannot be, or that this node has not read yet', async () => {
    await expect(watch({ afterOffset: -1 }).next()).rejects.toMatchObject({ kind: 'invalid_argument' });
    await expect(watch({ afterOffset: 10_000 }).next()).rejects.toMatchObject({ kind: 'unavailable', reason: 'REGISTRY_BEHIND' });
  });
});
