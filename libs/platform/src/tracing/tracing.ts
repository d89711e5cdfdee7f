import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import type { SpanExporter, TracerProviderOptions } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from './tracing-settings.js';
import { NO_TRACE, readTraceparent, type TraceContext } from './trace-context.js';

/** Few-valued, or ids that lead to the log: never arguments, tokens, grant tokens or what baggage carries. */
export type SpanFacts = Attributes;

/** One piece of work that is being traced. */
export interface OpenSpan {
  /** What goes along with calls that are part of it. */
  readonly context: TraceContext;
  /** @param failure a stable code such as an error's reason; left out: it went well */
  end(facts?: SpanFacts, failure?: string): void;
}

export type SpanRole = 'server' | 'client' | 'producer';
const KINDS: Readonly<Record<SpanRole, SpanKind>> = { server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER };

export interface TracingOptions extends TracingConfig {
  /** `docket-decider`, say. */
  readonly service: string;
  readonly node: string;
  /** Told, at most once a minute, that the collector takes nothing. */
  readonly onTrouble: (message: string) => void;
}

/** Makes spans, and sends them to a collector, in batches, off the paths that make them. Where there is none, nothing of it runs: callers hold undefined, or `off`. */
export class Tracing {
  readonly #within = new AsyncLocalStorage<TraceContext>();

  private constructor(private readonly tracer: Tracer | undefined, private readonly shutdown: () => Promise<void>) {}

  /** Makes no spans: contexts go on as they came. For who stands between a caller and others, and must not break their traces. */
  static off(): Tracing {
    return new Tracing(undefined, async () => undefined);
  }

  /** Whether spans are made. */
  get isOn(): boolean {
    return this.tracer !== undefined;
  }

  /** Resolves at once: a collector that is away costs spans and nothing else. */
  static async start({ service, node, endpoint, headers, ratio, onTrouble }: TracingOptions): Promise<Tracing> {
    // Loaded only where it is switched on.
    const [{ BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider }, { OTLPTraceExporter }] = await Promise.all([
      import('@opentelemetry/sdk-trace'), import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    const otlp = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, headers: readHeaders(headers?.reveal() ?? ''), timeoutMillis: EXPORT_MS });
    let toldMs = Number.NEGATIVE_INFINITY;
    const exporter: SpanExporter = {
      export: (spans, done) => otlp.export(spans, (result) => {
        if (result.code !== EXPORTED && performance.now() - toldMs > TELL_AGAIN_MS) {
          toldMs = performance.now();
          onTrouble(`spans cannot be sent to ${endpoint}, and are dropped: ${(result.error as NodeJS.ErrnoException | undefined)?.code ?? 'it does not take them'}`);
        }
        done(result);
      }),
      shutdown: () => otlp.shutdown(),
      forceFlush: () => otlp.forceFlush(),
    };
    const provider = new TracerProvider({
      resource: resourceOf({ 'service.name': service, 'service.namespace': 'docket', 'service.instance.id': node }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: SPANS_MAX, maxExportBatchSize: BATCH_MAX, scheduledDelayMillis: DELAY_MS, exportTimeoutMillis: EXPORT_MS })],
      spanLimits: { attributeCountLimit: 32, attributeValueLengthLimit: 256 },
    });
    return new Tracing(provider.getTracer('docket'), () => provider.shutdown());
  }

  /** Begins a span. Where the caller's tracing records nothing of this call, neither does Docket; the context is handed on all the same. */
  open(name: string, role: SpanRole, parent: TraceContext = NO_TRACE, facts: SpanFacts = {}, startedMs?: number): OpenSpan {
    if (this.tracer === undefined) return { context: parent, end: () => undefined };
    const span = this.tracer.startSpan(name, { kind: KINDS[role], attributes: facts, ...(startedMs !== undefined && { startTime: startedMs }) }, contextOf(parent.traceparent));
    const { traceId, spanId, traceFlags } = span.spanContext();
    const traceparent = `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
    return {
      context: { ...parent, traceparent },
      end: (more, failure) => {
        if (more !== undefined) span.setAttributes(more);
        if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
        span.end();
      },
    };
  }

  /** Runs something as part of a span: whatever it does, and what that does later, finds the span by `current`. */
  within<T>({ context }: OpenSpan, run: () => T): T {
    return this.#within.run(context, run);
  }

  /** The span that what runs now is part of; NO_TRACE: none. */
  get current(): TraceContext {
    return this.#within.getStore() ?? NO_TRACE;
  }

  /** Sends what is left, as far as the collector takes it in time. */
  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, STOP_MS); });
    await Promise.race([this.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}

/** Beyond it spans are dropped: a collector that is away must not cost memory. */
const SPANS_MAX = 4_096;
const BATCH_MAX = 512;
const DELAY_MS = 1_000;
const EXPORT_MS = 5_000;
const STOP_MS = 3_000;
const TELL_AGAIN_MS = 60_000;
/** ExportResultCode.SUCCESS of @opentelemetry/core. */
const EXPORTED = 0;

/** What all spans of a process have in common. */
function resourceOf(attributes: Readonly<Record<string, string>>): NonNullable<TracerProviderOptions['resource']> {
  const resource = { attributes, merge: () => resource, getRawAttributes: () => Object.entries(attributes) } as NonNullable<TracerProviderOptions['resource']>;
  return resource;
}

function contextOf(traceparent: string): Context {
  const parent = readTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: parent.traceId, spanId: parent.spanId, traceFlags: parent.flags & TraceFlags.SAMPLED, isRemote: true });
}

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry's variable has it. What is none of that is left out. */
function readHeaders(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) return [];
    try {
      return [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]];
    } catch {
      return [];
    }
  }));
}
