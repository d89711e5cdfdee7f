import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { decisionClient } from '#contracts';
import { MemoryEventLog } from '#ledger';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { DeciderFixture, failureOf } from './decider.fixture.js';

const TLS = join(import.meta.dirname, '../../../libs/platform/src/fixtures');
const TLS_FILES = { TLS_CERT_FILE: join(TLS, 'tls.cert.pem'), TLS_KEY_FILE: join(TLS, 'tls.key.pem') };
const REFLECTION = join(dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json')), 'build/proto/grpc/reflection');

let postgres: ThrowawayPostgres;
let decider: DeciderFixture;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
}, 300_000);

beforeEach(async () => {
  decider = new DeciderFixture(await postgres.createDatabase(), { log: new MemoryEventLog() });
});

afterEach(() => decider.remove(), 300_000);
afterAll(() => postgres.stop(), 300_000);

interface Answer {
  readonly listServicesResponse?: { readonly service: { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] };
}

/** Asks a reflection service, as grpcurl does. */
function reflect(version: 'v1' | 'v1alpha', request: object): Promise<Answer> {
  const name = `grpc.reflection.${version}.ServerReflection`;
  const definition = loadSync(join(REFLECTION, version, 'reflection.proto'), { keepCase: false })[name] as ServiceDefinition;
  const Client = makeGenericClientConstructor(definition as never, 'ServerReflection');
  const client = new Client(decider.address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    const call = client['ServerReflectionInfo']!();
    call.on('data', (answer: Answer) => {
      resolve(answer);
      call.cancel();
      client.close();
    });
    call.on('error', reject);
    call.write(request);
  });
}

it.each(['v1', 'v1alpha'] as const)('describes its services without a credential (%s)', async (version) => {
  await decider.start();
  const list = await reflect(version, { listServices: '*' });
  const names = list.listServicesResponse!.service.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['docket.decision.v1.DecisionService', 'docket.approval.v1.ApprovalService', 'docket.registry.v1.RegistryService', 'grpc.health.v1.Health']));
  const file = await reflect(version, { fileContainingSymbol: 'docket.decision.v1.DecideRequest' });
  // As strictly as any client reads it: every type must be found.
  const files = file.fileDescriptorResponse!.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const importsFirst = files.sort((a, b) => a.dependency.length - b.dependency.length);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst }));
  const request = registry.getMessage('docket.decision.v1.DecideRequest')!;
  expect(request.fields.map(({ name, jsonName }) => [name, jsonName])).toContainEqual(['tool_definition_hash', 'toolDefinitionHash']);
  expect(registry.getService('docket.decision.v1.DecisionService')!.methods.map(({ name }) => name)).toContain('DecideStream');
  expect(registry.getMessage('google.rpc.ErrorInfo')!.fields.find(({ name }) => name === 'metadata')!.fieldKind).toBe('map');
}, 300_000);

it('speaks TLS when it is given a certificate, and then nothing else', async () => {
  await decider.start(TLS_FILES);
  const ask = async (channel: ChannelCredentials): Promise<number> => {
    const client = decisionClient(decider.address, channel);
    try {
      return await new Promise<number>((resolve) => client.Decide({}, { deadline: Date.now() + 100_000 } as never, (error: { code: number } | null) => resolve(error?.code ?? 0)) as never);
    } finally {
      client.close();
    }
  };
  expect(await ask(credentials.createSsl(readFileSync(TLS_FILES.TLS_CERT_FILE)))).toBe(16);
  expect(await ask(credentials.createInsecure())).toBe(14);
}, 300_000);

it('does not listen for other machines in plaintext, unless that is allowed by name', async () => {
  await expect(decider.start({ GRPC_LISTEN: '0.0.0.0:0' })).rejects.toMatchObject({ reason: 'TRANSPORT_SECURITY', message: expect.stringMatching(/GRPC_LISTEN=0.0.0.0:0/) as string });
  await expect(decider.start({ HTTP_LISTEN: '0.0.0.0:0' })).rejects.toMatchObject({ message: expect.stringMatching(/HTTP_LISTEN/) as string });
  await decider.start({ GRPC_LISTEN: '0.0.0.0:0', ALLOW_PLAINTEXT: 'true' });
  expect(decider.lines.join('')).toContain('ALLOW_PLAINTEXT');
  expect((await failureOf(decider.decide({ grant: '0'.repeat(32), tool: 't' }))).reason).toBe('GRANT_INVALID');
}, 300_000);

it.each(['GRPC_LISTEN', 'HTTP_LISTEN'])('says in one line which setting to change when the address of %s is taken', async (name) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  await expect(decider.start({ [name]: `127.0.0.1:${port}` })).rejects.toMatchObject({
    reason: 'ADDRESS_IN_USE', message: `127.0.0.1:${port} is already in use; set ${name} to another address`,
  });
  await new Promise((resolve) => other.close(resolve));
}, 300_000);
