import type { TopicPartition } from '#ledger';

/** What is wrong with a log, and where. */
export interface Fault extends TopicPartition {
  readonly kind:
    /** A record is not the one that was written. */
    | 'changed'
    /** Records are missing: dropped from the middle, or the log ends too early. */
    | 'missing' | 'cut'
    /** The beginning was archived and deleted, and the archives are not here. */
    | 'deleted'
    /** An archive's file, or a log file, is not the one that was written. */
    | 'file'
    /** A record nobody wrote here. */
    | 'inserted'
    /** Records stand in another order. */
    | 'reordered'
    /** A valid event that no reader can apply. */
    | 'unreadable'
    /** A signed head states something else than the log holds, or is not signed by a key that is trusted. */
    | 'head'
    /** A receipt, or a copy of a signed head that was kept elsewhere, says something else than the log. */
    | 'receipt' | 'copy'
    /** A policy's text is not the one that its version names. */
    | 'policy'
    /** What the log says was decided is not what the rules give. */
    | 'verdict';
  readonly offset: number;
  /** The last offset that it may be at, where it cannot be told more closely. */
  readonly throughOffset?: number;
  readonly what: string;
}

/** `docket.decisions/3 at offset 17: …` */
export function faultText({ topic, partition, offset, throughOffset, what }: Fault): string {
  const where = throughOffset === undefined || throughOffset === offset ? `at offset ${offset}` : `at an offset from ${offset} to ${throughOffset}`;
  return `${topic}/${partition} ${where}: ${what}`;
}
