import type { SnapshotStore, StoredSnapshot } from '../../src/resume-state.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

/** The shared snapshot table: slow, failing, and some of its rows are damaged. */
export class SimSnapshotTable {
  readonly world: World;
  readonly rows: StoredSnapshot[] = [];
  readonly damaged = new Set<StoredSnapshot>();
  errorRate = 0;
  damageRate = 0;

  constructor(world: World) {
    this.world = world;
  }

  storeFor(node: SimNode): SnapshotStore {
    const travel = (): Promise<void> => new Promise((resolve) => this.world.after(this.world.random.int(0, 20), () => node.deliver(resolve)));
    const maybeFail = (): void => {
      if (this.world.random.chance(this.errorRate)) throw new Error('simulated: snapshot table failed');
    };
    return {
      newest: async (topic, partition, limit) => {
        await travel();
        maybeFail();
        return this.rows.filter((row) => row.topic === topic && row.partition === partition).sort((a, b) => b.resume.offset - a.resume.offset).slice(0, limit);
      },
      insert: async (snapshot) => {
        await travel();
        maybeFail();
        const row = this.world.random.chance(this.damageRate) ? this.#damage(snapshot) : snapshot;
        if (row !== snapshot) this.damaged.add(row);
        this.rows.push(row);
        await travel();
      },
    };
  }

  #damage(snapshot: StoredSnapshot): StoredSnapshot {
    if (this.world.random.chance(0.5)) return { ...snapshot, state: snapshot.state.replace(/\d/, '7') + ' ' };
    // Of another history: it is in itself consistent, but the log does not confirm it.
    return { ...snapshot, resume: { ...snapshot.resume, head: 'ab'.repeat(32) } };
  }
}
