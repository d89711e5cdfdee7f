import { Envelope, Fold, loadNewestUsable, MemoryEventLog, MemorySnapshotStore, sha256, stateHash, type StateMachine, type StoredSnapshot } from '#ledger';
import { registryMachine, type RegistryEvent, type RegistryState } from '#registry';
import { fuzzAsync } from './harness.js';
import { anyJson, mutateJson, mutateText } from './mutate.js';
import type { Random } from './random.js';

const TOPIC = 'docket.registry';
const machine = registryMachine() as unknown as StateMachine<RegistryState, never, RegistryEvent, unknown>;

/** A log of a registry with some servers, and a good snapshot in the middle of it. */
async function history(): Promise<{ log: MemoryEventLog; good: StoredSnapshot; finalHash: string }> {
  const log = new MemoryEventLog();
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
  const envelope = new Envelope(TOPIC, 0);
  const appender = log.openAppender();
  const fold = new Fold(machine, TOPIC, 0);
  let good: StoredSnapshot | undefined;
  const add = async (value: Buffer): Promise<void> => {
    await appender.append([{ topic: TOPIC, partition: 0, records: [{ key: null, value }] }], 1_000);
    fold.apply({ offset: fold.resume.offset, key: null, value, timestampMs: 0 });
  };
  await add(envelope.encodeClaim({ epoch: 1, nonce: 'ab'.repeat(16), node: 'n', address: '' }, 1_000));
  const events: RegistryEvent[] = [
    { type: 'RegistryCreated', organisation: 'default', decisions_partitions: 4, tokens_partitions: 4, partition_hash: 'murmur2', call_id_memory_ms: 1_000, call_id_ahead_ms: 1_000 },
    ...Array.from({ length: 20 }, (_, i) => ({ type: 'ServerRegistered' as const, organisation: 'default', server_id: `server-${i}`, name: `Server ${i}`, actor: 'ada' })),
  ];
  for (const [index, event] of events.entries()) {
    await add(envelope.encodeEvent(machine.encode(event), 1, fold.resume.sequence + 1, fold.resume.head, 1_000 + index));
    if (index !== 10) continue;
    const state = JSON.stringify(machine.snapshot(fold.state));
    good = { topic: TOPIC, partition: 0, resume: fold.resume, state, stateHash: sha256(state) };
  }
  return { log, good: good as StoredSnapshot, finalHash: stateHash(machine, fold.state) };
}

function damaged(random: Random, good: StoredSnapshot): StoredSnapshot {
  const state = random.chance(0.7) ? mutateText(random, good.state) : JSON.stringify(mutateJson(random, JSON.parse(good.state)));
  const resume = mutateJson(random, good.resume) as StoredSnapshot['resume'];
  switch (random.below(4)) {
    case 0: return { ...good, state };
    case 1: return { ...good, stateHash: random.pick(['', 'ab'.repeat(32), good.stateHash.toUpperCase()]) };
    case 2: return typeof resume === 'object' && resume !== null ? { ...good, resume: { ...good.resume, ...resume, head: random.pick([good.resume.head, 'cd'.repeat(32)]), offset: random.pick([0, -1, 3, 10 ** 9, 0.5, good.resume.offset, good.resume.offset + 1]) } } : good;
    default: return { ...good, state: JSON.stringify(anyJson(random)) };
  }
}

describe('snapshots under fuzzing', () => {
  it('are used only if the log and their hash confirm them: a damaged one costs time and changes nothing', async () => {
    const { log, good, finalHash } = await history();
    let used = 0;
    let unused = 0;
    await fuzzAsync('snapshots', 4_000, 1, async (random) => {
      const store = new MemorySnapshotStore();
      if (random.chance(0.3)) await store.insert(good);
      await store.insert(damaged(random, good));
      const from = await loadNewestUsable(store, log, machine, TOPIC, 0);
      if (from === undefined) unused += 1;
      else used += 1;
      const fold = new Fold(machine, TOPIC, 0, from);
      for (const record of await log.read({ topic: TOPIC, partition: 0 }, fold.resume.offset)) fold.apply(record);
      if (stateHash(machine, fold.state) !== finalHash) throw new Error('a damaged snapshot changed the state');
    });
    if (process.env['FUZZ_ONLY'] !== undefined) return;
    expect(used).toBeGreaterThan(100);
    expect(unused).toBeGreaterThan(100);
  }, 300_000);
});
