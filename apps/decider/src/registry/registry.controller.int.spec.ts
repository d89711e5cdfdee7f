import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { credentials, Metadata, status, type requestCallback, type ServiceError } from '@grpc/grpc-js';
import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { bearer, decodeStatus, msOf, PACKAGES, registryClient, REGISTRY_SERVICE, STATUS_DETAILS_KEY, type registry, type StatusDetails } from '#contracts';
import { createLogger, DocketGrpcServer, GrpcErrorFilter } from '#platform';
import { Access } from '../access.js';
import { World, Worlds } from './fixtures/world.js';
import { REGISTRY_API, RegistryController } from './registry.controller.js';

@Module({})
class RegistryOnly {}

type Method = keyof registry.RegistryServiceHandlers & keyof registry.RegistryServiceClient;
/** The last overload of a generated method is (request, callback). */
type Request<M extends Method> = Parameters<registry.RegistryServiceClient[M]>[0];
type Answer<M extends Method> = Parameters<registry.RegistryServiceClient[M]> extends [unknown, requestCallback<infer A>] ? A : never;
type Unary = (request: object, metadata: Metadata, options: { deadline: number }, done: (error: ServiceError | null, answer: unknown) => void) => unknown;

describe('the registry as a real client sees it', () => {
  const worlds = new Worlds();
  const logger = createLogger({ level: 'info', app: 'spec', destination: { write: () => {} } });
  let world: World;
  let app: INestMicroservice;
  let client: registry.RegistryServiceClient;
  let tokens: Record<string, string>;

  beforeAll(async () => {
    world = await (await worlds.next()).start();
    tokens = JSON.parse(await readFile(join(world.folder, 'credentials.json'), 'utf8')).credentials;
    const server = new DocketGrpcServer({
      listen: '127.0.0.1:0', listenName: 'GRPC_LISTEN', tls: undefined, packages: PACKAGES, services: [REGISTRY_SERVICE], logger,
    });
    const access = new Access((token) => world.host.follower.authenticate(token));
    const api = { edits: world.edits, access, runtime: world.runtime };
    app = await NestFactory.createMicroservice(
      { module: RegistryOnly, controllers: [RegistryController], providers: [{ provide: REGISTRY_API, useValue: api }] }, { strategy: server, logger: false },
    );
    app.useGlobalFilters(new GrpcErrorFilter(logger));
    await app.listen();
    client = registryClient(`127.0.0.1:${server.address.port}`, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await app.close();
    await worlds.end();
  });

  function as<M extends Method>(role: string, method: M, request: Request<M>, forMs = 100_000): Promise<Answer<M>> {
    const metadata = role === '' ? new Metadata() : bearer(tokens[role] ?? role);
    return new Promise((resolve, reject) => {
      const call = client[method] as unknown as Unary;
      call.call(client, request as object, metadata, { deadline: Date.now() + forMs }, (error, answer) => (error ? reject(error) : resolve(answer as Answer<M>)));
    });
  }
  const failure = (call: Promise<unknown>): Promise<ServiceError> => call.then(() => { throw new Error('expected an error'); }, (error: ServiceError) => error);
  const detailsOf = (error: ServiceError): StatusDetails => decodeStatus(error.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer);
  const policy = (max: number): Buffer => Buffer.from(JSON.stringify({
    version: '1', default: 'deny', tools: { read_file: { limits: [{ counter: 'reads', window: 'minute', max }] } },
  }));

  it('registers servers', async () => {
    const { server, registryOffset } = await as('admin', 'RegisterServer', { serverId: 'files', name: 'Files' });
    expect(server).toMatchObject({ serverId: 'files', name: 'Files' });
    expect(Date.now() - msOf(server?.registeredAt ?? {})).toBeLessThan(60_000);
    expect(registryOffset).toBeGreaterThan(0);
    expect((await as('auditor', 'ListServers', {})).servers.map(({ serverId }) => serverId)).toContain('files');
  });

  it('publishes, lists and shows policies', async () => {
    const first = await as('admin', 'PublishPolicy', { policyId: 'careful', document: policy(5) });
    expect(first).toMatchObject({ unchanged: false, version: { policyId: 'careful', publishedBy: 'admin', inForce: true }, inForce: { pendingPartitions: [] } });
    const second = await as('admin', 'PublishPolicy', { policyId: 'careful', document: policy(6) });
    expect(await as('admin', 'PublishPolicy', { policyId: 'careful', document: policy(6) })).toMatchObject({ unchanged: true, version: second.version });
    expect((await as('auditor', 'ListPolicies', {})).policies).toEqual([second.version]);

    const page = await as('auditor', 'ListPolicyVersions', { policyId: 'careful', pageSize: 1 });
    expect(page.versions).toEqual([second.version]);
    const last = await as('auditor', 'ListPolicyVersions', { policyId: 'careful', pageSize: 1, pageToken: page.nextPageToken });
    expect([last.versions[0]?.version, last.versions[0]?.inForce, last.nextPageToken]).toEqual([first.version?.version, false, '']);

    const shown = await as('auditor', 'GetPolicy', { policyId: 'careful' });
    expect(shown.version).toEqual(second.version);
    expect(JSON.parse(shown.document.toString()).tools.read_file.limits[0].max).toBe(6);
    expect(shown.inForce).toMatchObject({ registryOffset: second.inForce?.registryOffset, pendingPartitions: [] });
  });

  it('warns an author of what an edit means', async () => {
    const changed = JSON.parse(policy(6).toString());
    changed.tools.read_file.limits[0].window = 'hour';
    const { warnings } = await as('admin', 'PublishPolicy', { policyId: 'careful', document: Buffer.from(JSON.stringify(changed)) });
    expect(warnings).toContainEqual({ pointer: '/tools/read_file/limits/0', message: expect.stringContaining('starts empty') });
  });

  it('refuses a policy with one violation for each problem', async () => {
    const error = await failure(as('admin', 'PublishPolicy', { policyId: 'bad', document: Buffer.from('{"version":"1","default":"x","hide":5}') }));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    const details = detailsOf(error);
    expect(details.reason).toBe('POLICY_INVALID');
    expect(details.violations.map(({ field }) => field).sort()).toEqual(['document/default', 'document/hide']);
  });

  it('issues, lists, shows and revokes grants; the token is in one answer only', async () => {
    const expiresAt = { seconds: Math.floor(Date.now() / 1_000) + 3_600, nanos: 0 };
    const issued = await as('admin', 'IssueGrant', { serverId: 'files', policyId: 'careful', label: 'nightly job', expiresAt });
    const { grantId } = issued.grant as registry.Grant__Output;
    expect(issued.token).toMatch(new RegExp(`^dg_${grantId}_[A-Za-z0-9_-]{43}$`));
    expect(grantId).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(issued.grant).toMatchObject({
      serverId: 'files', policyId: 'careful', mode: 'ENFORCE', label: 'nightly job', issuedBy: 'admin', revokedAt: null, partition: world.partitionOf(grantId),
    });
    expect(msOf(issued.grant?.expiresAt ?? {})).toBe(expiresAt.seconds * 1_000);
    expect(world.keysMade).toContain(grantId);

    expect((await as('auditor', 'ListGrants', {})).grants).toEqual([issued.grant]);
    const attached = await as('admin', 'AttachPolicy', { grantId, policyId: 'careful' });
    expect(attached).toMatchObject({ grant: issued.grant, inForce: { registryOffset: issued.inForce?.registryOffset, pendingPartitions: [] } });
    const revoked = await as('admin', 'RevokeGrant', { grantId });
    expect(revoked.grant?.revokedAt).not.toBeNull();
    expect((await as('auditor', 'GetGrant', { grantId })).grant).toEqual(revoked.grant);
    expect((await as('auditor', 'ListGrants', {})).grants).toEqual([]);
    expect((await as('auditor', 'ListGrants', { includeRevoked: true, serverId: 'files' })).grants).toEqual([revoked.grant]);
    expect(JSON.stringify(await as('auditor', 'ListGrants', { includeRevoked: true }))).not.toContain(issued.token.slice(36));
  });

  it('attaches a policy to observe, when a grant is issued or later, and refuses an expiry in the past', async () => {
    const { grant } = await as('admin', 'IssueGrant', { serverId: 'files' });
    expect(grant?.mode).toBe('ENFORCE');
    const attached = await as('admin', 'AttachPolicy', { grantId: grant?.grantId ?? '', policyId: 'careful', mode: 'OBSERVE' });
    expect(attached).toMatchObject({ grant: { policyId: 'careful', mode: 'OBSERVE' }, inForce: { pendingPartitions: [] } });
    expect((await as('admin', 'IssueGrant', { serverId: 'files', policyId: 'careful', mode: 'OBSERVE' })).grant).toMatchObject({ mode: 'OBSERVE' });
    const unknown = await failure(as('admin', 'AttachPolicy', { grantId: grant?.grantId ?? '', policyId: 'careful', mode: 7 as never }));
    expect(detailsOf(unknown).violations).toEqual([{ field: 'mode', description: 'found 7, expected ENFORCE or OBSERVE' }]);
    const past = await failure(as('admin', 'IssueGrant', { serverId: 'files', expiresAt: { seconds: 1, nanos: 0 } }));
    expect([past.code, detailsOf(past).violations[0]?.field]).toEqual([status.INVALID_ARGUMENT, 'expires_at']);
  });

  it('issues credentials that work at once, and revokes them at once', async () => {
    const issued = await as('admin', 'IssueCredential', { subject: 'reporting', roles: ['AUDITOR'] });
    expect(issued.token).toMatch(/^dk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(issued.credential).toMatchObject({ subject: 'reporting', roles: ['AUDITOR'], revokedAt: null });
    expect((await as(issued.token, 'ListCredentials', {})).credentials).toHaveLength(5);
    const { credential } = await as('admin', 'RevokeCredential', { credentialId: issued.credential?.credentialId ?? '' });
    expect(credential?.revokedAt).not.toBeNull();
    expect((await failure(as(issued.token, 'ListCredentials', {}))).code).toBe(status.UNAUTHENTICATED);
  });

  it('refuses an unknown role by name', async () => {
    const error = await failure(as('admin', 'IssueCredential', { subject: 'x', roles: [9 as never] }));
    expect(detailsOf(error).violations).toEqual([{ field: 'roles[0]', description: 'found 9, expected GATEWAY, ADMIN, APPROVER, AUDITOR' }]);
  });

  it('takes edits from admins only, and lists for auditors too', async () => {
    const edits: Method[] = ['RegisterServer', 'PublishPolicy', 'AttachPolicy', 'IssueGrant', 'RevokeGrant', 'IssueCredential', 'RevokeCredential'];
    const reads: Method[] = ['ListServers', 'ListPolicies', 'ListPolicyVersions', 'GetPolicy', 'ListGrants', 'GetGrant', 'ListCredentials'];
    const end = world.host.follower.through;
    for (const name of [...edits, ...reads]) {
      expect([name, (await failure(as('', name, {}))).code]).toEqual([name, status.UNAUTHENTICATED]);
      for (const role of ['gateway', 'approver']) expect([name, role, (await failure(as(role, name, {}))).code]).toEqual([name, role, status.PERMISSION_DENIED]);
    }
    for (const name of edits) expect([name, (await failure(as('auditor', name, {}))).code]).toEqual([name, status.PERMISSION_DENIED]);
    expect(world.host.follower.through).toBe(end);
  });

  it('answers within the deadline where an edit is not in force yet', async () => {
    world.decisions.away.add(1);
    // Published again it is the same edit: a machine that is slow gets more time for it, until the service is quicker than its caller's library.
    const published = async (forMs: number): Promise<Answer<'PublishPolicy'>> => as('admin', 'PublishPolicy', { policyId: 'late', document: policy(1) }, forMs).catch((error: ServiceError) => {
      if (error.code !== status.DEADLINE_EXCEEDED || forMs > 50_000) throw error;
      return published(2 * forMs);
    });
    let { inForce } = await published(1_000);
    for (let forMs = 2_000; inForce?.pendingPartitions.length !== 1 && forMs < 50_000; forMs *= 2) ({ inForce } = await published(forMs));
    expect(inForce?.pendingPartitions).toEqual([1]);
    expect((await as('auditor', 'GetPolicy', { policyId: 'late' })).inForce?.pendingPartitions).toEqual([1]);
    world.decisions.away.clear();
  });
});
