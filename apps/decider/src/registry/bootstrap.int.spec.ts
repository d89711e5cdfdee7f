import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { updateCredentialsFile } from './credentials.file.js';
import { ADA, Worlds, type World } from './fixtures/world.js';

let worlds: Worlds;
beforeEach(() => {
  worlds = new Worlds();
});
afterEach(() => worlds.end());

const fileOf = (world: World): string => join(world.folder, 'credentials.json');
const credentialsIn = async (world: World): Promise<Record<string, string>> => JSON.parse(await readFile(fileOf(world), 'utf8')).credentials;

describe('the first start', () => {
  it('creates the registry and one credential for each role, in a file for its owner only', async () => {
    const world = await worlds.next();
    expect(await world.host.start()).toMatchObject({ organisation: 'default', decisions_partitions: 4, tokens_partitions: 16, partition_hash: 'murmur2' });
    const credentials = await credentialsIn(world);
    for (const role of ['gateway', 'admin', 'approver', 'auditor']) {
      expect(world.host.follower.authenticate(credentials[role] ?? '')).toMatchObject({ subject: role, roles: [role], organisation: 'default' });
    }
    expect((await stat(fileOf(world))).mode & 0o777).toBe(0o600);
  });

  it('stores no token in the log', async () => {
    const world = await worlds.next();
    await world.host.start();
    const stored = (await worlds.log.read({ topic: 'docket.registry', partition: 0 }, 0)).map(({ value }) => Buffer.from(value).toString()).join();
    for (const token of Object.values(await credentialsIn(world))) {
      expect(stored).toContain(token.slice(3, 19));
      expect(stored).not.toContain(token.slice(20));
    }
  });

  it('is refused without a file for the credentials, and leaves nothing behind', async () => {
    const world = await worlds.next({ decisionsPartitions: 4 }, null);
    await expect(world.host.start()).rejects.toMatchObject({ kind: 'failed_precondition', reason: 'CREDENTIALS_FILE_REQUIRED' });
    expect(world.host.follower.state.created).toBeNull();
  });

  it('that crashed after any of its steps is completed by the next one, with the same tokens', async () => {
    const whole = await worlds.next();
    await whole.host.start();
    const tokens = await credentialsIn(whole);
    const records = await worlds.log.read({ topic: 'docket.registry', partition: 0 }, 0);
    for (let kept = 0; kept <= records.length; kept += 1) {
      const crashed = new Worlds();
      await crashed.log.prepare([{ topic: 'docket.registry', partitions: 1 }]);
      const appender = crashed.log.openAppender();
      if (kept > 0) await appender.append([{ topic: 'docket.registry', partition: 0, records: records.slice(0, kept) }], 1_000);
      const world = await crashed.next();
      await updateCredentialsFile(fileOf(world), { credentials: tokens });
      await world.host.start();
      expect(world.host.follower.state.credentials.size).toBe(4);
      for (const token of Object.values(tokens)) expect(world.host.follower.authenticate(token)).toBeDefined();
      await crashed.end();
    }
  });

  it('refuses a credentials file that it cannot use, without showing what is in it', async () => {
    for (const content of ['{"credentials":{"admin":"dk_secretsecret"}}', 'dk_secretsecret', '[]']) {
      const world = await worlds.next();
      await writeFile(fileOf(world), content);
      const error = await world.host.start().then(() => undefined, (failure: Error) => failure);
      expect(error).toMatchObject({ reason: 'CREDENTIALS_FILE_UNUSABLE' });
      expect(error?.message).not.toContain('secretsecret');
      expect(await readFile(fileOf(world), 'utf8')).toBe(content);
      await world.stop();
    }
  });

  it('keeps what others have written into the file, and takes it back from prying eyes', async () => {
    const world = await worlds.next();
    await writeFile(fileOf(world), '{"grpc":"127.0.0.1:7400"}');
    await chmod(fileOf(world), 0o644);
    await world.host.start();
    expect(JSON.parse(await readFile(fileOf(world), 'utf8'))).toMatchObject({ grpc: '127.0.0.1:7400', credentials: { admin: expect.stringMatching(/^dk_/) } });
    expect((await stat(fileOf(world))).mode & 0o777).toBe(0o600);
  });
});

describe('a later start', () => {
  it('changes nothing and needs no file', async () => {
    const first = await worlds.next();
    await first.host.start();
    const content = await readFile(fileOf(first), 'utf8');
    const through = first.host.follower.through;
    await first.stop();
    const later = await worlds.next({}, null);
    expect(await later.host.start()).toMatchObject({ decisions_partitions: 4 });
    expect(later.host.follower.through).toBe(through + 1);
    expect(await readFile(fileOf(first), 'utf8')).toBe(content);
  });

  it('refuses settings that differ from those at creation, naming both', async () => {
    await (await worlds.next()).host.start();
    const other = await worlds.next({ decisionsPartitions: 8, callIdMemoryMs: 1 });
    await expect(other.host.start()).rejects.toMatchObject({
      kind: 'failed_precondition', reason: 'REGISTRY_SETTINGS',
      violations: [
        { field: 'decisionsPartitions', description: 'configured 8, but the registry was created with 4' },
        { field: 'callIdMemoryMs', description: 'configured 1, but the registry was created with 600000' },
      ],
    });
  });

  it('does not bring back a credential that was revoked', async () => {
    const first = await (await worlds.next()).start();
    const tokens = await credentialsIn(first);
    await first.edits.revokeCredential(ADA, (tokens['gateway'] ?? '').slice(3, 19));
    expect(first.host.follower.authenticate(tokens['gateway'] ?? '')).toBeUndefined();
    await first.stop();
    const later = await worlds.next();
    await later.host.start();
    expect(later.host.follower.authenticate(tokens['gateway'] ?? '')).toBeUndefined();
    expect(later.host.follower.authenticate(tokens['admin'] ?? '')).toBeDefined();
  });

  it('whose credentials file is lost says so, and issues new ones only when it is told to', async () => {
    const first = await worlds.next();
    await first.host.start();
    const lost = await credentialsIn(first);
    await first.stop();
    await writeFile(fileOf(first), '{"grpc":"127.0.0.1:7400"}');
    const silent = await worlds.next();
    await silent.host.start();
    expect(silent.notices).toEqual([expect.stringMatching(/no credentials in .*; 4 issued earlier are valid.*CREDENTIALS_RENEW=true/)]);
    expect(silent.host.follower.state.credentials.size).toBe(4);
    await silent.stop();

    const told = await worlds.next(undefined, undefined, { renewCredentials: true });
    await told.host.start();
    const renewed = await credentialsIn(told);
    expect(told.notices).toEqual([expect.stringMatching(/new ones are there now\. 4 issued earlier stay valid: .*credential list.*credential revoke/)]);
    for (const tokens of [lost, renewed]) expect(told.host.follower.authenticate(tokens['admin'] ?? '')).toMatchObject({ subject: 'admin', roles: ['admin'] });
    expect(renewed['admin']).not.toBe(lost['admin']);
    await told.stop();
    const later = await worlds.next(undefined, undefined, { renewCredentials: true });
    await later.host.start();
    expect(later.notices).toEqual([]);
    expect(await credentialsIn(later)).toEqual(renewed);
  });

  it('says when the credentials file belongs to another registry', async () => {
    const first = await worlds.next();
    await first.host.start();
    await first.stop();
    await writeFile(fileOf(first), '{}');
    const other = new Worlds();
    const stranger = await other.next();
    await stranger.host.start();
    await updateCredentialsFile(fileOf(first), { credentials: await credentialsIn(stranger) });
    await other.end();
    const later = await worlds.next();
    await later.host.start();
    expect(later.notices).toEqual([expect.stringContaining('for gateway, admin, approver, auditor are not known to this registry')]);
    expect(later.host.follower.state.credentials.size).toBe(4);
  });
});
