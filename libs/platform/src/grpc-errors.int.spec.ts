import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import { credentials, makeGenericClientConstructor, Metadata, status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import { decisionClient, decodeStatus, DECISION_SERVICE, PACKAGES, STATUS_DETAILS_KEY } from '#contracts';
import type { decision } from '#contracts';
import { DocketError, ERROR_KINDS } from '#errors';
import type { ErrorKind } from '#errors';
import { service as healthService } from 'grpc-health-check';
import { DocketGrpcServer, GRPC_TRANSPORTS } from './docket-grpc.server.js';
import { ERROR_STATUS } from './error-status.js';
import { GrpcErrorFilter } from './grpc-error.filter.js';
import { createLogger } from './logger.js';

const release: (() => void)[] = [];

/** Fails as the tool's name says. */
@Controller()
class FailingController {
  @GrpcMethod('docket.decision.v1.DecisionService', 'Decide')
  async decide(request: decision.DecideRequest__Output): Promise<decision.DecideResponse> {
    if (request.tool === 'wait') await new Promise<void>((resolve) => release.push(resolve));
    if (request.tool === 'wait' || request.tool === '') return { callId: request.callId };
    throw failure(request.tool);
  }

  @GrpcStreamCall('docket.decision.v1.DecisionService', 'DecideStream')
  async decideStream(call: ServerDuplexStream<decision.DecideStreamRequest__Output, decision.DecideStreamResponse>): Promise<void> {
    for await (const message of call.iterator({ destroyOnReturn: false })) throw failure((message as decision.DecideStreamRequest__Output).calls[0]?.tool ?? '');
  }

  @GrpcMethod('docket.decision.v1.DecisionService', 'WatchGrants')
  watchGrants(request: decision.WatchGrantsRequest__Output): AsyncIterable<decision.WatchGrantsResponse> {
    return (async function* () {
      for (let offset = 1; offset <= request.afterRegistryOffset; offset += 1) yield { registryOffset: offset };
      throw failure('unavailable');
    })();
  }
}

function failure(tool: string): Error {
  if (tool === 'a bug') return new TypeError('secret-argument is not a function');
  return new DocketError(tool as ErrorKind, {
    reason: 'PLANTED', message: `planted ${tool}`, metadata: { kind: tool },
    violations: [{ field: 'tool', description: 'found planted, expected nothing' }], retryAfterMs: 1_250,
  });
}

@Module({ controllers: [FailingController] })
class FailingModule {}

describe.each(GRPC_TRANSPORTS)('gRPC errors as a real client sees them (%s)', (transport) => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', app: 'spec', destination: { write: (line: string) => void lines.push(line) } });
  let server: DocketGrpcServer;
  let app: INestMicroservice;
  let client: decision.DecisionServiceClient;
  let address: string;

  beforeEach(async () => {
    server = new DocketGrpcServer({
      listen: '127.0.0.1:0', listenName: 'GRPC_LISTEN', tls: undefined, transport, packages: PACKAGES, services: [DECISION_SERVICE], logger,
    });
    app = await NestFactory.createMicroservice(FailingModule, { strategy: server, logger: false });
    app.useGlobalFilters(new GrpcErrorFilter(logger));
    await app.listen();
    address = `127.0.0.1:${server.address.port}`;
    client = decisionClient(address, credentials.createInsecure());
  });

  afterEach(async () => {
    client.close();
    await app.close();
  });

  const decide = (request: decision.DecideRequest) =>
    new Promise<decision.DecideResponse__Output>((resolve, reject) => {
      client.Decide(request, new Metadata(), (error, response) => (error ? reject(error) : resolve(response!)));
    });
  const failing = (request: decision.DecideRequest) => decide(request).then(() => { throw new Error('it did not fail'); }, (error: ServiceError) => error);
  const detailsOf = (error: ServiceError) => decodeStatus(error.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer);

  it.each(ERROR_KINDS)('carry code, reason, violations and delay of %s', async (kind) => {
    const error = await failing({ tool: kind });
    expect(error.code).toBe(ERROR_STATUS[kind].code);
    expect(error.details).toBe(`planted ${kind}`);
    expect(detailsOf(error)).toEqual({
      code: ERROR_STATUS[kind].code, message: `planted ${kind}`, reason: 'PLANTED', domain: 'docket', metadata: { kind },
      violations: [{ field: 'tool', description: 'found planted, expected nothing' }], retryAfterMs: 1_250,
    });
  });

  it('give every kind a status of its own', () => {
    expect(new Set(ERROR_KINDS.map((kind) => ERROR_STATUS[kind].code)).size).toBe(ERROR_KINDS.length);
  });

  it('hide a bug behind a neutral message, and log it under the same error id', async () => {
    const error = await failing({ tool: 'a bug' });
    expect(error.code).toBe(status.INTERNAL);
    const details = detailsOf(error);
    expect(details.reason).toBe('INTERNAL');
    expect(details.message).not.toContain('secret-argument');
    const line = lines.map((text) => JSON.parse(text) as Record<string, unknown>).find((entry) => entry['errorId'] === details.metadata['error_id']);
    expect(JSON.stringify(line)).toContain('secret-argument is not a function');
  });

  it('end a stream both ways with the same status', async () => {
    const stream = client.DecideStream();
    const ended = new Promise<ServiceError>((resolve) => stream.on('error', (error) => resolve(error as ServiceError)));
    stream.on('data', () => undefined);
    stream.write({ calls: [{ tool: 'resource_exhausted' }] });
    const error = await ended;
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(detailsOf(error).reason).toBe('PLANTED');
  });

  it('end an answering stream after everything before them has arrived', async () => {
    const stream = client.WatchGrants({ afterRegistryOffset: 2_000 });
    const offsets: number[] = [];
    stream.on('data', (message: decision.WatchGrantsResponse__Output) => offsets.push(message.registryOffset));
    const error = await new Promise<ServiceError>((resolve) => stream.on('error', (found) => resolve(found as ServiceError)));
    expect(offsets).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(error.code).toBe(status.UNAVAILABLE);
  });

  it('tell a caller that its bytes are no message', async () => {
    const Raw = makeGenericClientConstructor({
      Decide: {
        path: `/${DECISION_SERVICE}/Decide`, requestStream: false, responseStream: false,
        requestSerialize: (bytes: Buffer) => bytes, requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (bytes: Buffer) => bytes, responseDeserialize: (bytes: Buffer) => bytes,
      },
    }, 'Raw');
    const raw = new Raw(address, credentials.createInsecure());
    const error = await new Promise<ServiceError>((resolve) => raw['Decide']!(Buffer.from([0x0a, 0xff]), (found: ServiceError) => resolve(found)));
    raw.close();
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(detailsOf(error).reason).toBe('MALFORMED_MESSAGE');
  });

  it('tell a caller that its message is too large, which no repetition changes', async () => {
    const error = await failing({ tool: '', arguments: Buffer.alloc(8 * 1024 * 1024 + 1) });
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(detailsOf(error)).toMatchObject({ reason: 'MESSAGE_TOO_LARGE', retryAfterMs: null });
    const stream = client.DecideStream();
    const ended = new Promise<ServiceError>((resolve) => stream.on('error', (found) => resolve(found as ServiceError)));
    stream.on('data', () => undefined);
    stream.write({ calls: [{ tool: '', arguments: Buffer.alloc(8 * 1024 * 1024 + 1) }] });
    expect(detailsOf(await ended).reason).toBe('MESSAGE_TOO_LARGE');
  });

  it('say UNIMPLEMENTED for a method that the app does not have', async () => {
    const error = await new Promise<ServiceError>((resolve) => client.Settle({}, (found) => resolve(found!)));
    expect(error.code).toBe(status.UNIMPLEMENTED);
  });

  it('refuse an address that is taken in one line that names the setting', async () => {
    const second = new DocketGrpcServer({
      listen: address, listenName: 'GRPC_LISTEN', tls: undefined, transport, packages: PACKAGES, services: [DECISION_SERVICE], logger,
    });
    const error = await new Promise<unknown>((resolve) => void second.listen(resolve));
    expect(error).toMatchObject({ kind: 'failed_precondition', reason: 'ADDRESS_IN_USE', message: `${address} is already in use; set GRPC_LISTEN to another address` });
  });

  describe('health and shutdown', () => {
    const health = (service: string) => new Promise<string>((resolve, reject) => {
      const Client = makeGenericClientConstructor(healthService, 'Health');
      const checker = new Client(address, credentials.createInsecure());
      checker['check']!({ service }, (error: ServiceError | null, answer: { status: string }) => {
        checker.close();
        if (error) reject(error);
        else resolve(answer.status);
      });
    });

    it('tells each service, and is NOT_SERVING until told otherwise', async () => {
      expect(await health(DECISION_SERVICE)).toBe('NOT_SERVING');
      server.setServing(new Set());
      expect(await health('')).toBe('NOT_SERVING');
      server.setServing(new Set([DECISION_SERVICE]));
      expect(await health(DECISION_SERVICE)).toBe('SERVING');
      expect(await health('')).toBe('SERVING');
      await expect(health('unknown.Service')).rejects.toMatchObject({ code: status.NOT_FOUND });
    });

    it('tells who watches of changes, not of each time that it is looked', async () => {
      const Client = makeGenericClientConstructor(healthService, 'Health');
      const watcher = new Client(address, credentials.createInsecure());
      const said: string[] = [];
      const watch = watcher['watch']!({ service: DECISION_SERVICE }) as NodeJS.EventEmitter & { cancel(): void };
      watch.on('data', ({ status: found }: { status: string }) => said.push(found)).on('error', () => undefined);
      await until(() => said.length === 1);
      for (const serving of [[], [DECISION_SERVICE], [DECISION_SERVICE], []]) server.setServing(new Set(serving));
      await until(() => said.length >= 3);
      expect(said).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
      watch.cancel();
      watcher.close();
    });

    it('answers calls in flight before it closes, and none that come later', async () => {
      const inFlight = decide({ tool: 'wait', callId: 'a' });
      await until(() => release.length === 1);
      const drained = server.drain(100_000);
      expect(server.draining.aborted).toBe(true);
      const late = decisionClient(address, credentials.createInsecure());
      const refused = await new Promise<ServiceError>((resolve) => late.Decide({ tool: '' }, (error) => resolve(error!)));
      late.close();
      expect(refused.code).toBe(status.UNAVAILABLE);
      release.splice(0).forEach((go) => go());
      expect((await inFlight).callId).toBe('a');
      expect(await drained).toBe(true);
    });

    it('gives up on calls that do not end in time, and says so', async () => {
      const inFlight = decide({ tool: 'wait' }).catch((error: ServiceError) => error.code);
      await until(() => release.length === 1);
      expect(await server.drain(50)).toBe(false);
      expect(await inFlight).toBe(status.CANCELLED);
      release.splice(0).forEach((go) => go());
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

