import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import * as grpc from '@grpc/grpc-js';
import { APPROVAL_SERVICE, CLUSTER_SERVICE, DECISION_SERVICE, ERROR_DOMAIN, encodeStatus, packageDefinition, QUERY_SERVICE, REGISTRY_SERVICE, STATUS_DETAILS_KEY } from '#contracts';
import { run } from './program.js';

export interface Ran { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

/** An empty folder for one test. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'docket-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs the command as a terminal would, and keeps what it printed. */
export async function docket(args: readonly string[], where: { cwd: string; environment?: Record<string, string>; stdin?: string; input?: Readable; signal?: AbortSignal }): Promise<Ran> {
  const kept = { stdout: '', stderr: '' };
  const keep = (name: keyof typeof kept): Writable => new Writable({
    write: (chunk, _encoding, done) => {
      kept[name] += String(chunk);
      done();
    },
  });
  const exitCode = await run(args, {
    stdin: where.input ?? Readable.from(where.stdin === undefined ? [] : [Buffer.from(where.stdin)]), stdout: keep('stdout'), stderr: keep('stderr'),
    environment: where.environment ?? {}, cwd: where.cwd, signal: where.signal ?? new AbortController().signal,
  });
  return { exitCode, ...kept };
}

export type Answer = object | { readonly refuse: grpc.status; readonly reason: string; readonly message: string; readonly violations?: readonly { field: string; description: string }[]; readonly metadata?: Record<string, string> };
type Request = Record<string, unknown>;

/** A gRPC server on a free port that answers as the test says and keeps what it was asked. */
export class FakeDocket {
  readonly asked: { readonly method: string; readonly request: Request; readonly authorization: string }[] = [];
  readonly #server = new grpc.Server();
  address = '';

  constructor(answer: (method: string, request: Request) => Answer) {
    for (const service of [APPROVAL_SERVICE, CLUSTER_SERVICE, DECISION_SERVICE, QUERY_SERVICE, REGISTRY_SERVICE]) {
      const definition = packageDefinition[service] as grpc.ServiceDefinition;
      this.#server.addService(definition, Object.fromEntries(Object.keys(definition).map((method) => [method, (call: grpc.ServerUnaryCall<Request, object>, done: grpc.sendUnaryData<object>) => {
        this.asked.push({ method, request: call.request, authorization: String(call.metadata.get('authorization')[0]) });
        const given = answer(method, call.request);
        if ('refuse' in given) done(refusal(given));
        else done(null, given);
      }])));
    }
  }

  async start(): Promise<this> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function refusal({ refuse, reason, message, violations = [], metadata: facts = {} }: Extract<Answer, { refuse: grpc.status }>): Partial<grpc.StatusObject> {
  const metadata = new grpc.Metadata();
  metadata.set(STATUS_DETAILS_KEY, encodeStatus({ code: refuse, message, reason, domain: ERROR_DOMAIN, metadata: facts, violations, retryAfterMs: refuse === grpc.status.UNAVAILABLE ? 500 : null }));
  return { code: refuse, details: message, metadata };
}
