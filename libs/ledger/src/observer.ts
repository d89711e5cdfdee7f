/** What happens inside a ledger, for metrics. Called synchronously: count and return. */
export interface LedgerObserver {
  /** One append request came back: how many records for how many partitions, how long it took, how many partitions' outcome is unknown. */
  onRequest?(request: { lane: string; partitions: number; records: number; bytes: number; latencyMs: number; unknown: number }): void;
  onClaim?(claim: { topic: string; partition: number; epoch: number; outcome: 'effective' | 'void' | 'unknown' | 'refused_by_clock' }): void;
  /** The owner read a record that counts nowhere (a late copy, another writer's): once for each, also when it starts. */
  onVoid?(record: { topic: string; partition: number; reason: string }): void;
  /** The owner threw its state away and computed it again from snapshot and log. */
  onRefold?(refold: { topic: string; partition: number; fromOffset: number; toOffset: number; tookMs: number }): void;
  onSnapshot?(snapshot: { topic: string; partition: number; offset: number; bytes: number }): void;
}

export type AlarmKind =
  | 'log_truncated' | 'log_unreadable' | 'chain_broken' | 'foreign_event' | 'clock_apart' | 'claim_failed' | 'machine_failed' | 'own_events_void' | 'snapshot_unusable' | 'snapshot_failed' | 'head_not_signed';

/** Something an operator must see. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly message: string;
  readonly topic: string;
  readonly partition: number;
}

export type OnAlarm = (alarm: Alarm) => void;
