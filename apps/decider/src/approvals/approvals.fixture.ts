import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { bearer } from '#contracts';
import type { approval, decision } from '#contracts';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { callId, DeciderFixture } from '../decider.fixture.js';
import { ShiftingClock } from '../shifting-clock.fixture.js';

export const RULE = '/tools/create_charge/approve_if/0';
export const POLICY = {
  version: '1', default: 'deny',
  tools: {
    create_charge: {
      deny_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 10_000 }], on_deny: 'Too much.' }],
      approve_if: [{ conditions: [{ path: 'args.amount', op: 'gt', value: 500 }], message: 'Charges over 500 need approval.', timeout: '5m' }],
      limits: [{ counter: 'spend', window: 'month', max: 20_000, increment_from: 'args.amount', scope: 'grant' }],
    },
    wire: { approve_if: [{ conditions: [], approvals: 2, timeout: '5m' }] },
  },
};

type Choice = 'APPROVE' | 'DENY' | 'WITHDRAW';
type Done<T> = (error: ServiceError | null, value?: T) => void;

/**
 * A decider whose time specs let pass, and two approvers. Calls have no deadline: gRPC would compute it with this
 * machine's clock.
 */
export class ApprovalsFixture {
  gateway = '';
  ann = '';
  bob = '';

  private constructor(readonly decider: DeciderFixture, readonly databaseUrl: string, private readonly postgres: ThrowawayPostgres, readonly clock: ShiftingClock) {}

  /** `hasRealLog`: in PostgreSQL, whose clock no spec can move. */
  static async start(hasRealLog = false): Promise<ApprovalsFixture> {
    const postgres = await startThrowawayPostgres();
    const databaseUrl = await postgres.createDatabase();
    const clock = new ShiftingClock();
    const world = new ApprovalsFixture(new DeciderFixture(databaseUrl, { ...(!hasRealLog && { log: clock.log() }), runtime: clock.runtime }), databaseUrl, postgres, clock);
    await world.decider.start();
    world.gateway = world.decider.token('gateway');
    world.ann = await world.decider.credential('ann', ['APPROVER']);
    world.bob = await world.decider.credential('bob', ['APPROVER']);
    return world;
  }

  async remove(): Promise<void> {
    await this.decider.remove();
    await this.postgres.stop();
  }

  /** A call of `create_charge` under a new id. `amount` as JSON spells it. */
  charge(grant: { readonly id: string }, amount: number | string, more: decision.DecideRequest = {}, token = this.gateway): Promise<decision.DecideResponse__Output> {
    const request = { callId: callId(this.clock.runtime.wallMs()), grant: grant.id, tool: 'create_charge', arguments: Buffer.from(`{"amount":${amount}}`), ...more };
    return call((metadata, done) => this.decider.client.Decide(request, metadata, done), token);
  }

  async get(approvalId: string, token = this.ann): Promise<approval.Approval__Output> {
    return (await call<approval.GetApprovalResponse__Output>((metadata, done) => this.client().GetApproval({ approvalId }, metadata, done), token)).approval!;
  }

  resolve(approvalId: string, choice: Choice, token: string, comment = ''): Promise<approval.ResolveApprovalResponse__Output> {
    return call((metadata, done) => this.client().ResolveApproval({ approvalId, decision: choice, comment }, metadata, done), token);
  }

  list(request: approval.ListApprovalsRequest, token = this.ann): Promise<approval.ListApprovalsResponse__Output> {
    return call((metadata, done) => this.client().ListApprovals(request, metadata, done), token);
  }

  async wait(approvalId: string, token = this.gateway): Promise<approval.Approval__Output> {
    return (await call<approval.WaitApprovalResponse__Output>((metadata, done) => this.client().WaitApproval({ approvalId }, metadata, done), token)).approval!;
  }

  /** A new grant and an approval that a call of it has opened. */
  async opened(amount: number | string = 600): Promise<{ grant: { id: string }; id: string }> {
    const grant = await this.decider.grant(POLICY);
    const first = await this.charge(grant, amount);
    expect(first).toMatchObject({ verdict: 'APPROVAL_REQUIRED', rule: RULE, message: 'Charges over 500 need approval.' });
    expect(first.approvalId).toMatch(new RegExp(`^apr_${grant.id}_[0-9a-f]{24}$`));
    return { grant, id: first.approvalId };
  }

  client(): approval.ApprovalServiceClient {
    return this.decider.approvals;
  }

  /** The value of a metric; 0 if there is none. */
  async gauge(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.decider.app.httpAddress.port}/metrics`, { headers: { connection: 'close' } })).text();
    const line = text.split('\n').find((found) => found.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
}

function call<T>(make: (metadata: Metadata, done: Done<T>) => void, token: string): Promise<T> {
  return new Promise((resolve, reject) => make(bearer(token), (error, value) => (error ? reject(error) : resolve(value!))));
}
