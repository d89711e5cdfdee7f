import { collectDefaultMetrics, Registry } from 'prom-client';

/** A Prometheus registry for one process, with the runtime's own figures (event loop lag, memory, garbage collection). */
export function createMetrics(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry });
  return registry;
}
