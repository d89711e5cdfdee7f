import { countersOf } from '#decision';
import type { CallDecided, CallSettled, Charge, DecisionEvent, QuotaReleased, QuotaReserved } from '#decision';
import type { Column } from '../database.js';
import type { ProjectedEvent, Projection } from '../projection.js';
import { type CounterId, parseCounterId } from './counter-id.js';
import { eventsOf } from './events-of.js';

/** A call, or what it reserved in the partition of a wider scope, where that lies. */
interface Charged extends ProjectedEvent<CallDecided | QuotaReserved> {
  readonly charge: Pick<Charge, 'counter' | 'window_end_ms' | 'amount'>;
  readonly chargeNo: number;
  readonly id: CounterId;
}

const CHARGED: readonly Column<Charged>[] = [
  { name: 'log_partition', type: 'int4', of: ({ at }) => at.partition },
  { name: 'log_offset', type: 'int8', of: ({ at }) => at.offset },
  { name: 'charge_no', type: 'int4', of: ({ chargeNo }) => chargeNo },
  { name: 'counter_id', type: 'text', of: ({ charge }) => charge.counter },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'tool', type: 'text', of: ({ event }) => event.tool },
  { name: 'agent', type: 'text', of: ({ event }) => event.agent },
  { name: 'scope', type: 'text', of: ({ id }) => id.scope },
  { name: 'counter', type: 'text', of: ({ id }) => id.counter },
  { name: 'time_window', type: 'text', of: ({ id }) => id.time_window },
  { name: 'sliding', type: 'bool', of: ({ id }) => id.sliding },
  { name: 'amount', type: 'numeric', of: ({ charge }) => charge.amount },
  { name: 'charged_at', type: 'timestamptz', of: ({ at }) => at.timeMs },
  { name: 'window_end', type: 'timestamptz', of: ({ charge }) => charge.window_end_ms },
];

interface Refund {
  readonly event: CallSettled | QuotaReleased;
  readonly counter: string;
  readonly timeMs: number;
}

const REFUNDED: readonly Column<Refund>[] = [
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'call_id', type: 'uuid', of: ({ event }) => event.call_id },
  { name: 'counter_id', type: 'text', of: ({ counter }) => counter },
  { name: 'refunded_at', type: 'timestamptz', of: ({ timeMs }) => timeMs },
];

/** One row in `docket.limit_charges` for each counter that a call was charged on. */
export const limitChargesProjection: Projection<DecisionEvent> = {
  name: 'limit_charges',
  version: 4,
  topic: 'docket.decisions',
  file: 'limit_charges',
  open: ({ table }) => ({
    async write(transaction, batches) {
      const charged = [
        ...eventsOf(batches, 'CallDecided').flatMap(({ event, at }) => event.charges.map((charge, chargeNo) => ({ event, at, charge, chargeNo, id: parseCounterId(charge.counter) }))),
        ...eventsOf(batches, 'QuotaReserved').flatMap(({ event, at }) => countersOf(event.limits).map((charge, chargeNo) => ({ event, at, charge, chargeNo, id: parseCounterId(charge.counter) }))),
      ];
      await transaction.add(table, CHARGED, charged);
      const refunded = [...eventsOf(batches, 'CallSettled'), ...eventsOf(batches, 'QuotaReleased')]
        .flatMap(({ event, at }) => event.refunds.map(({ counter }) => ({ event, counter, timeMs: at.timeMs })));
      await transaction.update(
        `${table} AS c`, 'refunded_at = given.refunded_at', REFUNDED, refunded,
        'c.grant_id = given.grant_id AND c.call_id = given.call_id::uuid AND c.counter_id = given.counter_id AND c.refunded_at IS NULL',
      );
    },
  }),
};
