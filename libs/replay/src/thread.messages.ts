import type { ErrorKind } from '#errors';
import type { TopicPartition } from '#ledger';
import type { ReplayReport } from './replay-report.js';
import type { WhatIfReport } from './what-if-report.js';

export type ToThread = { readonly kind: 'run'; readonly tp: TopicPartition } | { readonly kind: 'end' };

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly records: number }
  | { readonly kind: 'done'; readonly report: ReplayReport | WhatIfReport }
  /** A DocketError in parts: threads cannot hand over its class. */
  | { readonly kind: 'failed'; readonly error: { readonly kind: ErrorKind; readonly reason: string; readonly message: string; readonly metadata: Readonly<Record<string, string>> } }
  | { readonly kind: 'broken'; readonly text: string };
