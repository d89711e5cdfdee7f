import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod } from '@nestjs/microservices';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import { DECISION_SERVICE, packageDefinition, PACKAGES } from '#contracts';
import type { decision } from '#contracts';
import { createLogger, DocketGrpcServer } from '#platform';
import type { GrpcTransport } from '#platform';

/** A gRPC server that answers Decide at once with what a decision looks like: the transport is all that it costs. */
export type EchoServer = 'bare grpc-js' | GrpcTransport;

@Controller()
class EchoController {
  @GrpcMethod(DECISION_SERVICE, 'Decide')
  async decide(request: decision.DecideRequest__Output): Promise<decision.DecideResponse> {
    return answerTo(request);
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const HASH = Buffer.alloc(32, 7);

function answerTo({ callId }: decision.DecideRequest__Output): decision.DecideResponse {
  return {
    callId, verdict: 'ALLOW', wouldBe: 'VERDICT_UNSPECIFIED', rule: '', message: '', retryAfter: null,
    limits: [{ rule: '/tools/refresh/limits/0', counter: 'refreshes', scope: 'grant', limit: '1000000000', used: '17', remaining: '999999983', resetsAt: { seconds: 1_780_000_000, nanos: 0 }, refused: false }],
    policyId: 'bench', policyVersion: '0123456789abcdef0123456789abcdef', approvalId: '', approvalExpiresAt: null, replayed: false,
    receipt: { topic: 'docket.decisions', partition: 3, offset: 123_456, hash: HASH },
    grantId: '0123456789abcdef0123456789abcdef', decidedAt: { seconds: 1_770_000_000, nanos: 123_000_000 }, steps: [], dryRun: false,
  };
}

async function start(kind: EchoServer): Promise<number> {
  if (kind === 'bare grpc-js') {
    const server = new Server();
    server.addService(packageDefinition[DECISION_SERVICE] as ServiceDefinition, {
      Decide: (call: ServerUnaryCall<decision.DecideRequest__Output, decision.DecideResponse>, answer: sendUnaryData<decision.DecideResponse>) => answer(null, answerTo(call.request)),
    });
    return new Promise((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))));
  }
  const logger = createLogger({ level: 'error', app: 'bench' });
  const server = new DocketGrpcServer({ listen: '127.0.0.1:0', listenName: 'GRPC_LISTEN', tls: undefined, transport: kind, packages: PACKAGES, services: [DECISION_SERVICE], logger });
  const app = await NestFactory.createMicroservice(EchoModule, { strategy: server, logger: false });
  await app.listen();
  return server.address.port;
}

// Child process: the kind is its argument; it says its port, then its CPU microseconds whenever it is asked.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuMicroseconds: user + system });
});
process.once('disconnect', () => process.exit(0));
void start(process.argv[2] as EchoServer).then((port) => process.send!({ port }));
