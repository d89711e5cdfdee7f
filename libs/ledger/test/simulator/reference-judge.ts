import { createHash } from 'node:crypto';
import type { LogRecord } from '../../src/event-log.js';

/** What a record counts for, in short: compared with the product's judge, record by record. */
export type Reference = 'event' | 'signed_head' | 'claim' | 'void';

/** Rules 1 and 2 of design.md 2.2 written a second time, independently and slowly, to hold against `fold.ts`. */
export class ReferenceJudge {
  readonly #source: string;
  epoch = 0;
  sequence = 0;
  head = Buffer.alloc(32);

  constructor(topic: string, partition: number) {
    this.#source = `/docket/${topic}/${partition}`;
  }

  judge(record: LogRecord): Reference {
    const digest = createHash('sha256').update(record.value).digest();
    let json: { specversion?: unknown; source?: unknown; type?: unknown; id?: unknown; epoch?: unknown; seq?: unknown; prev?: unknown; data?: { epoch?: unknown; nonce?: unknown } } | null;
    try {
      json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(record.value));
    } catch {
      return 'void';
    }
    if (json?.specversion !== '1.0' || json.source !== this.#source) return 'void';
    if (json.type === 'docket.ledger.PartitionClaimed.v1') {
      if (json.data?.epoch !== this.epoch + 1 || json.id !== `claim-${json.data.nonce}`) return 'void';
      this.head = createHash('sha256').update(this.head).update(digest).digest();
      this.epoch += 1;
      this.sequence = 0;
      return 'claim';
    }
    if (json.epoch !== this.epoch || this.epoch === 0) return 'void';
    if (json.seq !== String(this.sequence + 1) || json.id !== `${json.epoch}-${json.seq}`) return 'void';
    if (json.prev !== this.head.toString('hex')) return 'void';
    this.sequence += 1;
    this.head = digest;
    return json.type === 'docket.ledger.HeadSigned.v1' ? 'signed_head' : 'event';
  }
}
