import { z } from 'zod';
import { setting } from '../config.js';
import type { Secret } from '../secret.js';

/** The variables that switch tracing on, named as OpenTelemetry names them. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().regex(/^https?:\/\/[^\s@#?]+$/, { error: 'expected http(s)://host:port of a collector, without a user or password' }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: setting.optionalSecret(),
  OTEL_TRACES_SAMPLER_ARG: z.string().regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, { error: 'expected a number from 0 to 1' }).default('1'),
} as const;

interface GivenTracing {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: Secret | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG: string;
}

export interface TracingConfig {
  /** OTLP over HTTP: spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** `name=value,…`, values percent-encoded. */
  readonly headers: Secret | undefined;
  /** Of the calls that come without a trace of their own, how many begin one: 0 to 1. */
  readonly ratio: number;
}

/** undefined: tracing is off. */
export function tracingOf(given: GivenTracing): TracingConfig | undefined {
  const endpoint = given.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint === undefined ? undefined : { endpoint, headers: given.OTEL_EXPORTER_OTLP_HEADERS, ratio: Number(given.OTEL_TRACES_SAMPLER_ARG) };
}
