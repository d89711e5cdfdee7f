/** A spec file and the beginning of a test's title in it. */
export interface FactProof {
  readonly file: string;
  readonly title: string;
}

export interface KafkaFact {
  /** What Kafka, or its client, does; and what Docket makes of it. */
  readonly fact: string;
  readonly proofs: readonly [FactProof, ...FactProof[]];
}

const of = (folder: string) => (file: string, title: string): FactProof => ({ file: `${folder}/${file}.spec.ts`, title });
const kafka = of('libs/ledger/src/kafka');
const ledger = of('libs/ledger/src');

/** What Kafka does to whoever trusts it, and where it is shown that Docket does not. A check beside this file wants every proof to be a test that runs and expects something. */
export const KAFKA_FACTS: readonly KafkaFact[] = [
  {
    fact: 'An offset that is out of range stops its reader; it never jumps.',
    proofs: [
      ledger('kafka.event-log.int', 'an archived beginning that was deleted is out of range'),
      kafka('facts.int', 'retention that has deleted records under a reader'),
      ledger('partition-owner', 'stops loudly when the log ends before what it acknowledged'),
    ],
  },
  {
    fact: 'Settings that would break the promise are refused at the start, and told when somebody changes them under a running log.',
    proofs: [
      ledger('kafka.event-log.int', 'a topic with %s=%s is refused'),
      ledger('kafka.event-log.int', 'too few partitions, a single copy'),
      kafka('facts.int', 'settings that are changed under a running log'),
    ],
  },
  {
    fact: 'A time-out never leads to a re-send: what was sent once may land at any time, and is waited for by a fresh claim.',
    proofs: [
      ledger('kafka.faults.int', 'an answer that is lost makes the append unknown in time'),
      ledger('kafka.faults.int', 'a request that the network kept may land long after'),
      ledger('partition-owner', 'never re-sends; finds a stored event'),
    ],
  },
  {
    fact: 'A socket whose request timed out is closed, and with it all that was pending on it.',
    proofs: [
      ledger('kafka.faults.int', 'a request that times out takes its socket with it'),
      ledger('kafka.faults.int', 'a reset ends what is pending at once'),
    ],
  },
  {
    fact: 'A topic that was deleted is missed, and one that was made anew in its place is not written to.',
    proofs: [kafka('facts.int', 'a topic that is deleted under a running owner')],
  },
  {
    fact: 'A broker that was restarted while nothing was said to it is spoken to again.',
    proofs: [kafka('facts.int', 'a broker that was restarted while nothing was said to it')],
  },
  {
    fact: 'A partition’s leader moves between metadata and produce: nothing is sent twice, and the next append finds the new leader.',
    proofs: [kafka('facts.int', 'a partition whose leader moved between metadata and produce')],
  },
];
