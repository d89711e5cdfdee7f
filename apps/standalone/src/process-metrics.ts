import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * The metrics of this process with those of its threads behind them. A thread's names are its own, so its text is
 * appended as it is: adding up two event loops would mean nothing.
 */
export class ProcessMetrics extends Registry {
  /** Set once there is a thread; resolves to Prometheus' text form, '' if it cannot tell. */
  ofThreads: () => Promise<string> = () => Promise.resolve('');

  constructor() {
    super();
    collectDefaultMetrics({ register: this });
  }

  override async metrics(): Promise<string> {
    const [own, others] = await Promise.all([super.metrics(), this.ofThreads()]);
    return others === '' ? own : `${own}\n${others}`;
  }
}
