import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP's: 2 server, 3 client, 4 producer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 0 not set, 2 error. */
  readonly status: number;
  readonly service: string;
  readonly instance: string;
}

interface OtlpValue { readonly stringValue?: string; readonly intValue?: number | string; readonly boolValue?: boolean; readonly doubleValue?: number }
interface OtlpAttribute { readonly key: string; readonly value: OtlpValue }
interface OtlpSpan { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly name: string; readonly kind: number; readonly attributes?: readonly OtlpAttribute[]; readonly status?: { readonly code?: number } }
interface OtlpRequest { readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly OtlpAttribute[] }; readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[] }

/** Takes spans by OTLP over HTTP, in JSON, as a collector does, and keeps them. */
export class CollectorFixture {
  readonly spans: CollectedSpan[] = [];
  /** What came, as it came: to look for what must not be in it. */
  text = '';
  readonly headers: Record<string, unknown>[] = [];
  readonly paths: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.headers.push(request.headers);
        this.paths.push(request.url ?? '');
        const text = Buffer.concat(chunks).toString('utf8');
        this.text += text;
        this.spans.push(...spansIn(JSON.parse(text) as OtlpRequest));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<CollectorFixture> {
    const collector = new CollectorFixture();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  ofTrace(traceId: string): CollectedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Once there are so many spans of a trace; rejects saying which there are. */
  async until(traceId: string, count: number, withinMs = 120_000): Promise<CollectedSpan[]> {
    const untilMs = performance.now() + withinMs;
    while (this.ofTrace(traceId).length < count) {
      if (performance.now() > untilMs) throw new Error(`${count} spans of trace ${traceId} were expected, there are: ${this.ofTrace(traceId).map(({ name, instance }) => `${instance} ${name}`).join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.ofTrace(traceId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function spansIn({ resourceSpans }: OtlpRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = asRecord(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans.map(({ traceId, spanId, parentSpanId = '', name, kind, attributes = [], status = {} }) => ({
      traceId, spanId, parentSpanId, name, kind, attributes: asRecord(attributes), status: status.code ?? 0, service: String(of['service.name']), instance: String(of['service.instance.id']),
    })));
  });
}

function asRecord(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? (value.intValue === undefined ? undefined : Number(value.intValue))]));
}
