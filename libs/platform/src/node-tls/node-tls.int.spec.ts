import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials, Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { bearer, CLUSTER_SERVICE, clusterClient, decodeStatus, packageDefinition, STATUS_DETAILS_KEY } from '#contracts';
import { CertificateAuthority, type IssueOptions } from '#local-services';
import { DocketError } from '#errors';
import { FastGrpcServer } from '../fast-grpc/fast-grpc.server.js';
import { TLS } from '../grpc-transport.fixture.js';
import { HOPS_KEY, Peers, type Onward } from '../peers.js';
import { NODE_DNS_NAME } from './certificate.js';
import { nodeFilesOf, readNodeFiles, type NodeFiles } from './node-files.js';
import { NodeTls } from './node-tls.js';

const DAY_MS = 24 * 3_600_000;
const DEADLINE_MS = 120_000;
const LONG_AGO = { notBefore: new Date(Date.now() - 30 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
const WHILE_VALID = Date.now() - 2 * DAY_MS;
const ONWARD: Onward = { credential: 'dk_someone', traceparent: '', hops: 0, deadlineMs: Infinity, epoch: 0 };

let folder: string;
let authority: CertificateAuthority;
let foreign: CertificateAuthority;
let files = 0;
const servers: FastGrpcServer[] = [];
const peers: Peers[] = [];

const issue = async (by: CertificateAuthority, options: Partial<IssueOptions> = {}, ca = by): Promise<NodeFiles> => {
  const at = join(folder, String((files += 1)));
  const made = { caFile: `${at}.ca.pem`, certFile: `${at}.pem`, keyFile: `${at}.key.pem` };
  const { cert, key } = await by.issue({ commonName: 'a node', dnsNames: [NODE_DNS_NAME], ...options });
  await Promise.all([writeFile(made.caFile, ca.pem), writeFile(made.certFile, cert), writeFile(made.keyFile, key)]);
  return made;
};
const nodeTls = (from: NodeFiles, wallMs = Date.now, onTrouble?: (message: string) => void): NodeTls => new NodeTls({ ...from, wallMs, ...(onTrouble && { onTrouble }) });
/** Answers GetNode with its name. Resolves to its address. */
const serve = async (nodes: NodeTls | undefined, name = 'served', tls?: typeof TLS): Promise<string> => {
  const bugs: unknown[] = [];
  const server = new FastGrpcServer({ messageBytesMax: 1_000_000, tls, nodes, onBug: (error) => bugs.push(error) });
  servers.push(server);
  server.addService(packageDefinition[CLUSTER_SERVICE] as never, { GetNode: (_call: unknown, answer: (error: null, value: object) => void) => answer(null, { name }) });
  return `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
};
const peersOf = (nodes: NodeTls, onTrouble?: (message: string) => void): Peers => {
  const made = new Peers({ tls: false, nodes, wallMs: Date.now, ...(onTrouble && { onTrouble }) });
  peers.push(made);
  return made;
};
const ask = async (by: Peers, address: string): Promise<string> => (await by.call<{ name: string }>(address, CLUSTER_SERVICE, 'GetNode', {}, { ...ONWARD, deadlineMs: Date.now() + DEADLINE_MS })).name;
const refusal = async (by: Peers, address: string): Promise<DocketError> => {
  const error = await ask(by, address).then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof DocketError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};
/** As anybody could, with any certificate or none. `hops` says that a node handed the call on. */
const askAs = (channel: ChannelCredentials, address: string, hops: string | undefined, options: object = { 'grpc.ssl_target_name_override': NODE_DNS_NAME }): Promise<string> => {
  const metadata: Metadata = bearer('dk_someone');
  if (hops !== undefined) metadata.set(HOPS_KEY, hops);
  const client = clusterClient(address, channel, { ...options, 'grpc.use_local_subchannel_pool': 1 });
  return new Promise<string>((resolve, reject) => {
    client.GetNode({}, metadata, { deadline: Date.now() + DEADLINE_MS }, (error, answer) => (error ? reject(error) : resolve(answer!.name)));
  }).finally(() => client.close());
};
const reasonOf = async (asked: Promise<unknown>): Promise<{ code: number; reason: string; message: string }> => {
  const error = await asked.then(() => undefined, (reason: unknown) => reason as ServiceError);
  if (error === undefined) throw new Error('it was answered');
  const bytes = error.metadata?.get(STATUS_DETAILS_KEY)[0];
  const { reason, message } = bytes === undefined ? { reason: '', message: error.details } : decodeStatus(bytes as Buffer);
  return { code: error.code, reason, message };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docket-node-tls-'));
  [authority, foreign] = await Promise.all([CertificateAuthority.create('nodes of here'), CertificateAuthority.create('somebody else')]);
});
afterEach(() => {
  for (const one of peers.splice(0)) one.close();
  for (const server of servers.splice(0)) server.forceShutdown();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([['in clear', undefined], ['over TLS', TLS]] as const)('where gateways speak %s', (_how, tls) => {
  const gateway = (): ChannelCredentials => (tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.cert));

  test('a node hands calls on to a node, and gateways without any certificate are served as ever', async () => {
    const address = await serve(nodeTls(await issue(authority)), 'both', tls);
    expect(await ask(peersOf(nodeTls(await issue(authority))), address)).toBe('both');
    expect(await askAs(gateway(), address, undefined, {})).toBe('both');
  });

  test('a stranger cannot use what is for nodes: without a certificate, with one of another authority, with an expired one, with one that is no node\'s', async () => {
    const nodes = await issue(authority);
    const address = await serve(nodeTls(nodes), 'never', tls);
    const { ca } = readNodeFiles(nodes, Date.now());
    const shown = async (by: CertificateAuthority, options: Partial<IssueOptions>): Promise<ChannelCredentials> => {
      const { cert, key } = await by.issue({ commonName: 'mallory', dnsNames: [NODE_DNS_NAME], ...options });
      return credentials.createSsl(ca, Buffer.from(key), Buffer.from(cert));
    };
    const refused = { code: 7, reason: 'NOT_A_NODE' };
    expect(await reasonOf(askAs(gateway(), address, '1', {}))).toMatchObject({ ...refused, message: expect.stringMatching(/a node has handed it on: it came over a connection without (TLS|a node certificate)$/) as string });
    expect(await reasonOf(askAs(credentials.createSsl(ca), address, '1'))).toMatchObject({ ...refused, message: expect.stringMatching(/without a node certificate$/) as string });
    expect(await reasonOf(askAs(await shown(foreign, {}), address, '1'))).toMatchObject({ ...refused, message: expect.stringMatching(/certificate "CN=mallory" \(issued by "CN=somebody else", SHA-256 .*\), but the authority in NODES_CA_FILE does not vouch for it$/) as string });
    expect(await reasonOf(askAs(await shown(authority, LONG_AGO), address, '1'))).toMatchObject({ ...refused, message: expect.stringContaining(`certificate "CN=mallory" (issued by "CN=nodes of here"`) as string });
    expect((await reasonOf(askAs(await shown(authority, LONG_AGO), address, '1'))).message).toMatch(/it expired on \d{4}-/);
    expect((await reasonOf(askAs(await shown(authority, { dnsNames: ['gateway.example.com'] }), address, '1'))).message).toContain('its DNS names are DNS:gateway.example.com, expected docket-node among them');
    // Whoever hides that he hands a call on is a gateway like any other.
    expect(await askAs(await shown(foreign, {}), address, undefined)).toBe('never');
  });
});

test('a node whose certificate is expired, or of another authority, or that has none, is not used, and the error names the certificate', async () => {
  const told: string[] = [];
  const caller = peersOf(nodeTls(await issue(authority)), (message) => told.push(message));
  const cases: [string, RegExp][] = [
    [await serve(nodeTls(await issue(foreign, { commonName: 'stranger' }))), /its certificate "CN=stranger" \(issued by "CN=somebody else", SHA-256 [0-9A-F:]+…\) is not accepted: the authority in NODES_CA_FILE does not vouch for it$/],
    [await serve(nodeTls(await issue(authority, { commonName: 'sleeper', ...LONG_AGO }), () => WHILE_VALID)), /its certificate "CN=sleeper" .* is not accepted: it expired on \d{4}-/],
    [await serve(undefined), /it speaks no TLS to nodes|it closed the connection/],
  ];
  for (const [address, expected] of cases) {
    const error = await refusal(caller, address);
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'OWNER_UNREACHABLE', message: expect.stringMatching(expected) as string });
    expect(error.message).toContain(`the owner at ${address} cannot be reached: `);
    await refusal(caller, address);
    expect(told.filter((message) => message.includes(address))).toEqual([expect.stringMatching(expected)]);
  }
});

test('a node whose own certificate the others refuse learns why; its callers are told to try again, not that they may not', async () => {
  const address = await serve(nodeTls(await issue(authority)));
  const sleeper = nodeTls(await issue(authority, { commonName: 'sleeper', ...LONG_AGO }), () => WHILE_VALID);
  const error = await refusal(peersOf(sleeper), address);
  expect(error).toMatchObject({ kind: 'unavailable', reason: 'NOT_A_NODE', metadata: { outcome: 'not_decided' } });
  expect(error.message).toMatch(/"CN=sleeper" .*it expired on/);
});

test('renewed files are taken up without a restart, as server and as client; files that cannot be used are not', async () => {
  const own = await issue(authority);
  let nowMs = Date.now();
  const told: string[] = [];
  const renewed = nodeTls(own, () => nowMs, (message) => told.push(message));
  const address = await serve(renewed, 'renewed');
  const caller = peersOf(renewed);
  expect(await ask(caller, address)).toBe('renewed');
  await writeFile(own.certFile, 'nothing');
  nowMs += 60_000;
  expect(await ask(caller, address)).toBe('renewed');
  expect(told).toEqual([expect.stringMatching(/is not used: NODES_CERT_FILE .* expected certificates in PEM$/)]);
  const { cert, key } = await foreign.issue({ commonName: 'after', dnsNames: [NODE_DNS_NAME] });
  await Promise.all([writeFile(own.caFile, foreign.pem), writeFile(own.certFile, cert), writeFile(own.keyFile, key)]);
  nowMs += 60_000;
  // Both ends of it have moved to the other authority; a node of the old one is a stranger now.
  expect(await ask(caller, address)).toBe('renewed');
  expect((await refusal(peersOf(nodeTls(await issue(authority))), address)).message).toContain('"CN=after"');
  expect(told).toHaveLength(1);
});

test('what the other nodes would refuse is said at the start, with the variable, the file and the certificate', async () => {
  const good = await issue(authority);
  const told = (given: NodeFiles): string => {
    try {
      nodeTls(given);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'failed_precondition', reason: 'NODE_CERTIFICATE' });
      return (error as Error).message;
    }
    return 'accepted';
  };
  expect(told(good)).toBe('accepted');
  const expired = await issue(authority, LONG_AGO);
  expect(told(expired)).toMatch(/^NODES_CERT_FILE \(.*\.pem\): other nodes would refuse the certificate "CN=a node" \(issued by "CN=nodes of here".*\): it expired on /);
  expect(told(await issue(authority, { notBefore: new Date(Date.now() + DAY_MS) }))).toContain('it is not valid before');
  expect(told(await issue(foreign, {}, authority))).toContain('(issued by "CN=somebody else"');
  expect(told(await issue(foreign, {}, authority))).toContain('the authority in NODES_CA_FILE does not vouch for it');
  expect(told(await issue(authority, { dnsNames: ['node-1.example.com'] }))).toContain('its DNS names are DNS:node-1.example.com, expected docket-node among them');
  expect(told({ ...good, keyFile: expired.keyFile })).toMatch(/^NODES_KEY_FILE \(.*\): expected the unencrypted PEM key of the certificate "CN=a node"/);
  expect(told({ ...good, caFile: good.keyFile })).toMatch(/^NODES_CA_FILE .*: expected certificates in PEM$/);
  expect(told({ ...good, certFile: join(folder, 'absent') })).toMatch(/^NODES_CERT_FILE .* cannot be read: ENOENT$/);
});

test('the three files belong together, and grpc-js cannot ask for them', () => {
  const all = { NODES_CA_FILE: '/a', NODES_CERT_FILE: '/b', NODES_KEY_FILE: '/c' };
  expect(nodeFilesOf({})).toBeUndefined();
  expect(nodeFilesOf(all)).toEqual({ caFile: '/a', certFile: '/b', keyFile: '/c' });
  expect(() => nodeFilesOf({ NODES_CA_FILE: '/a' })).toThrow(/NODES_CERT_FILE: expected, because[^]*NODES_KEY_FILE: expected/);
  expect(() => nodeFilesOf({ ...all, GRPC_TRANSPORT: 'standard' })).toThrow(/GRPC_TRANSPORT: expected fast/);
});
