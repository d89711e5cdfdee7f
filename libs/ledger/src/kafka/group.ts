import type { Membership, NodeIdentity, Participant } from '../membership/membership.js';
import { KafkaConnection, type KafkaSecurity } from './connection.js';
import { decodeTable, encodeAssignments, encodeMember, placesOf, type GroupTable } from './group.table.js';
import { KafkaProtocolError } from './kafkajs-protocol.js';
import type { KafkaRoutes } from './routes.js';

export interface KafkaGroupOptions {
  /** Nodes of one kind share a group: `docket.decider`. */
  readonly groupId: string;
  readonly self: { readonly node: string; readonly address: string };
  /** Ms without a heartbeat after which the others take over; brokers accept 6 s at least unless told otherwise. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatMs?: number;
  readonly onProblem?: (message: string) => void;
}

const SESSION_TIMEOUT_MS = 6_000;
/** Others hear of one that left at their next heartbeat: most of what a hand-over takes. */
const HEARTBEAT_MS = 100;
const REBALANCE_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 3_000;
const PAUSE_MS = 200;
/** Tell of a problem that lasts, not of every try. */
const TELL_EVERY_MS = 10_000;

const PROTOCOL = 'docket';
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;
const UNKNOWN_MEMBER_ID = 25;
const ILLEGAL_GENERATION = 22;
const FORGETS_MEMBER: readonly number[] = [UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION];

/**
 * Membership through a Kafka consumer group (design.md 2.2): the group says who is there, its leader shares the partitions
 * among them, and every member gets the whole table. While Kafka does not answer, the last table stands. It speaks the group's protocol
 * itself: a consumer would stop serving during a rebalance, and would hand the table to the leader only.
 */
export class KafkaGroup implements Membership {
  readonly #participants: Participant[] = [];
  readonly #o: KafkaGroupOptions;
  #connection: KafkaConnection | undefined;
  #memberId = '';
  #generationId = -1;
  #table: GroupTable | undefined;
  #left: Promise<boolean> | undefined;
  /** It will leave when all that it waits for is done; until then it stays, but does not join again. */
  #leaving: Promise<boolean> | undefined;
  readonly #awaited: Promise<unknown>[] = [];
  #running: Promise<void> | undefined;
  /** Changes when there is something new to tell the group: it is joined again. */
  #isStale = false;
  #wake: (() => void) | undefined;
  #toldAtMs = -Infinity;

  constructor(private readonly routes: KafkaRoutes, private readonly security: KafkaSecurity, options: KafkaGroupOptions) {
    this.#o = options;
  }

  join(participant: Participant): void {
    this.#participants.push(participant);
    this.#isStale = true;
    this.#wake?.();
    this.#running ??= this.#run();
  }

  members(): readonly NodeIdentity[] {
    return this.#table?.members ?? [];
  }

  leave(after?: Promise<unknown>): Promise<boolean> {
    if (after !== undefined) this.#awaited.push(after.catch(() => undefined));
    this.#leaving ??= this.#leaveAtLast();
    return this.#leaving;
  }

  async others(): Promise<'none' | 'sharing' | 'settled'> {
    let connection: KafkaConnection | undefined;
    try {
      connection = await this.#coordinator();
      const { groups } = await connection.request('DescribeGroups', { groupIds: [this.#o.groupId] }, REQUEST_TIMEOUT_MS);
      if (groups.every(({ errorCode, members }) => errorCode === 0 && members.every(({ memberId }) => memberId === this.#memberId))) return 'none';
      return groups.every(({ state }) => state === 'Stable') ? 'settled' : 'sharing';
    } catch {
      return 'settled';
    } finally {
      connection?.destroy(new Error('asked'));
    }
  }

  /** Ends without a word, as a process that dies does: the others find out when the session times out. */
  abandon(): void {
    this.#left ??= Promise.resolve(false);
    this.#wake?.();
    this.#connection?.destroy(new Error('the log is closed'));
  }

  async #run(): Promise<void> {
    while (this.#left === undefined) {
      // The others share anew: what this node would be given it would leave at once.
      if (this.#leaving !== undefined && this.#table !== undefined) return this.#leaveNow();
      try {
        await this.#joinOnce();
        while (!this.#isStale && this.#left === undefined) {
          await this.#pause(this.#o.heartbeatMs ?? HEARTBEAT_MS);
          if (this.#left !== undefined || this.#isStale) break;
          const { errorCode } = await this.#connection!.request('Heartbeat', { ...this.#group, groupGenerationId: this.#generationId, memberId: this.#memberId, groupInstanceId: null }, REQUEST_TIMEOUT_MS);
          if (errorCode === REBALANCE_IN_PROGRESS) break;
          this.#check(errorCode, 'staying in the group');
          // What was moved here has arrived: the next one may move.
          if (this.#leaving === undefined && this.#hasArrived()) break;
        }
      } catch (error) {
        this.#tell(error);
        this.#connection?.destroy(new Error('replaced after an error'));
        this.#connection = undefined;
        await this.#pause(PAUSE_MS);
      }
    }
  }

  get #group(): { readonly groupId: string } {
    return { groupId: this.#o.groupId };
  }

  async #joinOnce(): Promise<void> {
    if (this.#connection?.usable !== true) this.#connection = await this.#coordinator();
    const connection = this.#connection;
    this.#isStale = false;
    const join = (): ReturnType<typeof connection.request<'JoinGroup'>> => connection.request('JoinGroup', {
      ...this.#group, memberId: this.#memberId, protocolType: 'consumer', sessionTimeout: this.#o.sessionTimeoutMs ?? SESSION_TIMEOUT_MS, rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      groupProtocols: [{ name: PROTOCOL, metadata: encodeMember({ ...this.#o.self, topics: this.#topics() }) }],
    }, REBALANCE_TIMEOUT_MS + 2 * REQUEST_TIMEOUT_MS);
    let joined = await join();
    if (joined.errorCode === MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      joined = await join();
    }
    this.#check(joined.errorCode, 'joining the group');
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    const isLeader = joined.leaderId === joined.memberId;
    const synced = await connection.request('SyncGroup', {
      ...this.#group, generationId: joined.generationId, memberId: joined.memberId, groupAssignment: isLeader ? encodeAssignments(joined.members) : [],
    }, REBALANCE_TIMEOUT_MS + REQUEST_TIMEOUT_MS);
    // Somebody else came or went meanwhile: join again.
    if (synced.errorCode === REBALANCE_IN_PROGRESS) return void (this.#isStale = true);
    this.#check(synced.errorCode, 'learning what is assigned');
    this.#table = decodeTable(synced.memberAssignment);
    for (const { topic, onPlaces } of this.#participants) {
      const places = placesOf(this.#table, topic, this.#memberId);
      if (places !== undefined) onPlaces(places);
    }
  }

  #hasArrived(): boolean {
    const table = this.#table;
    return table !== undefined && this.#participants.some(({ topic, isServing }) => placesOf(table, topic, this.#memberId)?.some(({ share, isMoved }, partition) => isMoved && share === 'owner' && isServing?.(partition) === true));
  }

  #topics(): Record<string, { partitions: number; owned: readonly number[]; standing: readonly number[] }> {
    return Object.fromEntries(this.#participants.map(({ topic, partitions, held }) => [topic, { partitions, ...held() }]));
  }

  async #coordinator(): Promise<KafkaConnection> {
    const { errorCode, coordinator } = await this.routes.anyBroker((connection) => connection.request('GroupCoordinator', this.#group, REQUEST_TIMEOUT_MS));
    this.#check(errorCode, 'asking who coordinates the group');
    return KafkaConnection.open({ host: coordinator.host, port: coordinator.port }, this.security, REQUEST_TIMEOUT_MS);
  }

  #check(errorCode: number, what: string): void {
    if (errorCode === 0) return;
    if (FORGETS_MEMBER.includes(errorCode)) this.#memberId = '';
    throw new KafkaProtocolError(errorCode, `${what} ${this.#o.groupId}`);
  }

  async #leaveAtLast(): Promise<boolean> {
    for (let waitedFor = -1; waitedFor !== this.#awaited.length; await Promise.all(this.#awaited)) waitedFor = this.#awaited.length;
    this.#leaveNow();
    return this.#left!;
  }

  #leaveNow(): void {
    this.#left ??= this.#leave();
  }

  async #leave(): Promise<boolean> {
    const others = this.#table?.members.some(({ id }) => id !== this.#memberId) ?? false;
    const connection = this.#connection;
    this.#wake?.();
    if (this.#memberId !== '' && connection !== undefined) {
      // On a connection of its own: an answer to a join may be on its way for seconds, and others wait behind it.
      const goodbye = await KafkaConnection.open(connection.address, this.security, REQUEST_TIMEOUT_MS).catch(() => undefined);
      await goodbye?.request('LeaveGroup', { ...this.#group, memberId: this.#memberId }, REQUEST_TIMEOUT_MS).catch(() => undefined);
      goodbye?.destroy(new Error('this node has left the group'));
    }
    connection?.destroy(new Error('this node has left the group'));
    await this.#running;
    this.#connection?.destroy(new Error('this node has left the group'));
    return others;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #tell(error: unknown): void {
    const nowMs = performance.now();
    if (this.#left !== undefined || nowMs - this.#toldAtMs < TELL_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.#o.onProblem?.(`group ${this.#o.groupId}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
