import fc from 'fast-check';
import { DocketError } from '#errors';
import type { Edit } from '#registry';
import { PartitionDouble } from './fixtures/partition.double.js';
import { QuickRuntime } from './fixtures/quick.runtime.js';
import { PartitionFeed } from './partition.feed.js';

/** A registry of numbered objects, each at its last edit. */
class Registry {
  readonly objects = new Map<string, Edit>();
  through = 0;

  edit(object: string): Edit {
    this.through += 1;
    const edit: Edit = { type: 'SetPolicyVersion', registry_offset: this.through, organisation: 'default', policy_id: object, version: String(this.through) };
    this.objects.set(object, edit);
    return edit;
  }

  after(offset: number): { edits: Edit[]; through: number } {
    const edits = [...this.objects.values()].filter((edit) => edit.registry_offset > offset);
    return { edits: edits.sort((a, b) => a.registry_offset - b.registry_offset), through: this.through };
  }
}

function setUp(registry = new Registry(), partition = new PartitionDouble()) {
  const alarms: string[] = [];
  const runtime = new QuickRuntime();
  const feed = new PartitionFeed({
    partition: 0, port: partition.port(), runtime, editsAfter: (offset) => registry.after(offset), onAlarm: (message) => alarms.push(message),
  });
  const edit = (object: string): number => {
    const made = registry.edit(object);
    feed.advance(made.registry_offset, made);
    return made.registry_offset;
  };
  const settled = (): Promise<boolean> => feed.reach(registry.through, Number.POSITIVE_INFINITY);
  return { registry, partition, feed, edit, settled, alarms, runtime };
}

/** Lets the feed try a few times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('the feed of one decisions partition', () => {
  it('submits edits one at a time, in the order of the registry', async () => {
    const { feed, edit, settled, partition } = setUp();
    feed.start();
    for (let n = 0; n < 20; n += 1) edit(`p${n % 3}`);
    expect(await settled()).toBe(true);
    expect(partition.received).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(partition.inFlightMax).toBe(1);
    await feed.stop();
  });

  it('goes on until an edit is through, and says meanwhile what is not in force', async () => {
    const { feed, edit, settled, partition, alarms } = setUp();
    feed.start();
    edit('a');
    await settled();
    partition.isAway = true;
    const offset = edit('b');
    await turns(30);
    expect([feed.inForceThrough, feed.pending, feed.problem?.reason]).toEqual([offset - 1, 1, 'PARTITION_NOT_CLAIMED']);
    partition.isAway = false;
    expect(await settled()).toBe(true);
    expect([feed.inForceThrough, feed.pending, feed.problem]).toEqual([offset, 0, undefined]);
    expect(alarms).toEqual([]);
    await feed.stop();
  });

  it('gives a waiting author up at the deadline and goes on itself', async () => {
    const { feed, edit, settled, partition, runtime } = setUp();
    feed.start();
    partition.isAway = true;
    const offset = edit('a');
    expect(await feed.reach(offset, runtime.monotonicMs() + 100)).toBe(false);
    partition.isAway = false;
    expect(await settled()).toBe(true);
    await feed.stop();
  });

  it('has passed what concerns others without telling its partition', async () => {
    const { feed, registry, partition, settled } = setUp();
    feed.start();
    await turns(2);
    registry.through = 7;
    feed.advance(7);
    expect(await settled()).toBe(true);
    expect(partition.received).toEqual([]);
    await feed.stop();
  });

  it('begins where its partition stands, and has the last edit there acknowledged again', async () => {
    const registry = new Registry();
    const partition = new PartitionDouble();
    for (const object of ['a', 'b', 'c']) registry.edit(object);
    const b = registry.objects.get('b') as Edit;
    partition.objects.set('a', registry.objects.get('a') as Edit).set('b', b);
    const { feed, settled } = setUp(registry, partition);
    feed.start();
    expect(await settled()).toBe(true);
    expect(partition.received).toEqual([2, 3]);
    await feed.stop();
  });

  it('claims nothing in force while it catches up and an edit may have been overtaken', async () => {
    const registry = new Registry();
    const partition = new PartitionDouble();
    const overtaken = registry.edit('a').registry_offset;
    registry.edit('b');
    registry.edit('a');
    partition.trouble = (edit) => (edit.type === 'SetPolicyVersion' && edit.policy_id === 'a' ? 'lost' : undefined);
    const { feed, settled } = setUp(registry, partition);
    feed.start();
    await turns(30);
    expect(partition.received).toEqual([2]);
    expect(feed.inForceThrough).toBeLessThan(overtaken);
    partition.trouble = undefined;
    expect(await settled()).toBe(true);
    await feed.stop();
  });

  it('waits for a partition that is away from the start', async () => {
    const { feed, edit, settled, partition } = setUp();
    partition.isAway = true;
    feed.start();
    edit('a');
    await turns(30);
    expect(feed.inForceThrough).toBe(-1);
    partition.isAway = false;
    expect(await settled()).toBe(true);
    expect(partition.received).toEqual([1]);
    await feed.stop();
  });

  it('raises one alarm for an edit that is refused for good, and keeps trying', async () => {
    const { feed, edit, settled, partition, alarms } = setUp();
    let refused = 3;
    partition.trouble = () => {
      refused -= 1;
      if (refused >= 0) throw new DocketError('internal', { reason: 'MACHINE_FAILED', message: 'a bug' });
      return undefined;
    };
    feed.start();
    await turns(2);
    edit('a');
    expect(await settled()).toBe(true);
    expect(alarms).toEqual(['decisions partition 0 refuses a registry edit: MACHINE_FAILED: a bug']);
    await feed.stop();
  });

  it('warns when its partition is ahead of the registry', async () => {
    const registry = new Registry();
    const partition = new PartitionDouble();
    partition.objects.set('x', { ...registry.edit('x'), registry_offset: 9 });
    const { feed, alarms } = setUp(registry, partition);
    feed.start();
    await turns(2);
    expect(alarms[0]).toContain('has applied registry offset 9, but the registry ends at 1');
    await feed.stop();
  });

  it('stops in the middle of a retry', async () => {
    const { feed, edit, partition } = setUp();
    feed.start();
    partition.isAway = true;
    edit('a');
    const waiting = feed.reach(1, Number.POSITIVE_INFINITY);
    await turns(5);
    await feed.stop();
    expect(await waiting).toBe(false);
  });
});

type Step = { kind: 'edit'; object: string } | { kind: 'away' | 'back' | 'another owner' } | { kind: 'trouble'; of: 'lost' | 'applied but not answered' } | { kind: 'turns'; count: number };

describe('whatever happens on the way', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constantFrom('a', 'b', 'c').map((object): Step => ({ kind: 'edit', object })),
    fc.constantFrom('away' as const, 'back' as const, 'another owner' as const).map((kind): Step => ({ kind })),
    fc.constantFrom('lost' as const, 'applied but not answered' as const).map((of): Step => ({ kind: 'trouble', of })),
    fc.integer({ min: 1, max: 6 }).map((count): Step => ({ kind: 'turns', count })),
  );

  it('the partition ends with the registry as it is, also with deposed owners feeding it, and its newest edit is a place to resume', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const registry = new Registry();
      const partition = new PartitionDouble();
      let owners = [setUp(registry, partition)];
      owners[0]?.feed.start();
      let next: 'lost' | 'applied but not answered' | undefined;
      partition.trouble = () => {
        const now = next;
        next = undefined;
        return now;
      };
      for (const action of steps) {
        switch (action.kind) {
          case 'edit': {
            const edit = registry.edit(action.object);
            for (const { feed } of owners) feed.advance(edit.registry_offset, edit);
            break;
          }
          case 'trouble': next = action.of; break;
          case 'turns': await turns(action.count); break;
          case 'another owner':
            // The deposed one goes on for a while: it does not know.
            for (const { feed } of owners.slice(0, -1)) await feed.stop();
            owners = [...owners.slice(-1), setUp(registry, partition)];
            owners.at(-1)?.feed.start();
            break;
          default: partition.isAway = action.kind === 'away';
        }
        const newest = partition.newest();
        for (const edit of registry.objects.values()) {
          if (edit.registry_offset <= newest) expect(partition.objects.get((edit as { policy_id: string }).policy_id)).toEqual(edit);
        }
        for (const { feed } of owners) {
          for (const edit of registry.objects.values()) {
            if (edit.registry_offset <= feed.inForceThrough) expect(partition.objects.get((edit as { policy_id: string }).policy_id)).toEqual(edit);
          }
        }
      }
      partition.isAway = false;
      expect(await owners.at(-1)?.settled()).toBe(true);
      expect(partition.objects).toEqual(registry.objects);
      for (const { feed } of owners) await feed.stop();
    }), { numRuns: 150 });
  });
});
