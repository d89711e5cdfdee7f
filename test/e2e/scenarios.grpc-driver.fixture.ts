import { credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { connect, Undecided } from '#client';
import type { Decision, DocketClient, Explanation } from '#client';
import { approvalClient, bearer, decodeStatus, msOf, registryClient, STATUS_DETAILS_KEY, timestampOf } from '#contracts';
import type { approval, decision, registry } from '#contracts';
import type { ErrorKind } from '#errors';
import { ERROR_STATUS } from '#platform';
import type { Action, CallAction, Outcome, SeenLimit } from '#scenarios';
import type { DeciderFixture } from '../../apps/decider/src/decider.fixture.js';
import type { VirtualTime } from './scenarios.virtual-time.fixture.js';

type Done<T> = (error: ServiceError | null, value?: T) => void;
type Of<T extends Action['type']> = Extract<Action, { readonly type: T }>;
/** Of the client's calls, on the real clock; streams carry no deadline, so the decider's clock may stand anywhere. */
const DEADLINE_MS = 120_000;

interface Grant { readonly id: string; readonly token: string }

/** A running decider with what all cases share: clients, and a credential for each subject and role. */
export class ScenarioStage {
  readonly #tokens = new Map<string, Promise<string>>();
  readonly #gateways = new Map<string, DocketClient>();
  #registry: ReturnType<typeof registryClient> | undefined;
  #approvals: ReturnType<typeof approvalClient> | undefined;
  cases = 0;

  constructor(readonly decider: DeciderFixture, readonly time: VirtualTime) {}

  get registry(): ReturnType<typeof registryClient> {
    return (this.#registry ??= registryClient(this.decider.address, credentials.createInsecure()));
  }

  get approvals(): ReturnType<typeof approvalClient> {
    return (this.#approvals ??= approvalClient(this.decider.address, credentials.createInsecure()));
  }

  /** Stops the decider and starts another on the same log. */
  async restart(): Promise<void> {
    await this.close();
    await this.decider.stop();
    await this.decider.start();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gateways.values()].map((gateway) => gateway.close()));
    this.#gateways.clear();
    this.#registry?.close();
    this.#approvals?.close();
    this.#registry = this.#approvals = undefined;
  }

  get admin(): Metadata {
    return bearer(this.decider.token('admin'));
  }

  async as(subject: string, role: 'GATEWAY' | 'APPROVER'): Promise<Metadata> {
    return bearer(await this.#token(subject, role));
  }

  /** The client library, as a gateway with the credential of that subject has it. */
  async gateway(subject: string): Promise<DocketClient> {
    const credential = await this.#token(subject, 'GATEWAY');
    const known = this.#gateways.get(subject) ?? connect({ addresses: [this.decider.address], credential, deadlineMs: DEADLINE_MS, silenceMs: DEADLINE_MS });
    this.#gateways.set(subject, known);
    return known;
  }

  #token(subject: string, role: 'GATEWAY' | 'APPROVER'): Promise<string> {
    const key = `${role} ${subject}`;
    const token = this.#tokens.get(key) ?? unary<registry.IssueCredentialResponse__Output>((done) => {
      this.registry.IssueCredential({ subject, roles: [role] }, this.admin, done);
    }).then((issued) => issued.token);
    this.#tokens.set(key, token);
    return token;
  }
}

/** Plays one case over the API of a running decider: its own server, policies and grants, as a gateway and its admins would. */
export class GrpcDriver {
  readonly #name: string;
  readonly #grants = new Map<string, Grant>();
  readonly #published = new Set<string>();
  #server: Promise<unknown> | undefined;

  constructor(private readonly stage: ScenarioStage) {
    this.#name = `case-${++stage.cases}`;
  }

  async perform(action: Action, nowMs: number): Promise<Outcome> {
    this.stage.time.moveTo(nowMs);
    try {
      return await this.#act(action);
    } catch (error) {
      return failed(error as ServiceError);
    }
  }

  #act(action: Action): Promise<Outcome> {
    switch (action.type) {
      case 'document': return this.#document(action.text);
      case 'publish': return this.#publish(action);
      case 'grant': return this.#grant(action);
      case 'attach': return this.#attach(action);
      case 'revoke': return this.#registry<object>((client, metadata, done) => client.RevokeGrant({ grantId: this.#id(action.grant) }, metadata, done)).then(() => ({}));
      case 'call': return this.#call(action);
      case 'settle': return this.#settle(action);
      case 'lookup': return this.#lookup(action);
      case 'visible': return this.#visible(action);
      case 'approval': return this.#approval(action);
      case 'restart': return this.stage.restart().then(() => ({}));
    }
  }

  async #document(text: string): Promise<Outcome> {
    // Each reading under a name of its own: a second version would be told apart from the first.
    const policyId = `${this.#name}-${this.#published.size}`;
    this.#published.add(policyId);
    try {
      const { warnings } = await this.#put(policyId, text);
      const { document } = await this.#registry<registry.GetPolicyResponse__Output>((client, metadata, done) => client.GetPolicy({ policyId }, metadata, done));
      return { normalised: document.toString('utf8'), warnings };
    } catch (error) {
      const outcome = failed(error as ServiceError);
      return outcome.problems === undefined ? outcome : { problems: outcome.problems };
    }
  }

  #put(policyId: string, text: string): Promise<registry.PublishPolicyResponse__Output> {
    return this.#registry((client, metadata, done) => client.PublishPolicy({ policyId, document: Buffer.from(text) }, metadata, done));
  }

  async #publish({ policy, text }: Of<'publish'>): Promise<Outcome> {
    await this.#put(this.#policyId(policy), text);
    return {};
  }

  async #grant({ grant, policy, mode, expiresAtMs }: Of<'grant'>): Promise<Outcome> {
    await (this.#server ??= this.#registry<object>((client, metadata, done) => client.RegisterServer({ serverId: this.#name }, metadata, done)));
    const issued = await this.#registry<registry.IssueGrantResponse__Output>((client, metadata, done) => client.IssueGrant({
      serverId: this.#name, policyId: policy === null ? '' : this.#policyId(policy), ...(expiresAtMs !== undefined && { expiresAt: timestampOf(expiresAtMs) }),
    }, metadata, done));
    this.#grants.set(grant, { id: issued.grant!.grantId, token: issued.token });
    return mode === 'observe' && policy !== null ? this.#attach({ type: 'attach', grant, policy, mode }) : {};
  }

  async #attach({ grant, policy, mode }: Of<'attach'>): Promise<Outcome> {
    await this.#registry<object>((client, metadata, done) => client.AttachPolicy({
      grantId: this.#id(grant), policyId: this.#policyId(policy), mode: mode === 'observe' ? 'OBSERVE' : 'ENFORCE',
    }, metadata, done));
    return {};
  }

  async #call(action: CallAction): Promise<Outcome> {
    const { server, secret } = action;
    const { token } = this.#grants.get(action.grant) ?? { token: '' };
    const request = {
      callId: action.callId, logicalCallId: action.logicalCallId, tool: action.tool, arguments: Buffer.from(action.argumentsText),
      grant: secret === undefined ? this.#id(action.grant) : secret === 'right' ? token : `${token.slice(0, -43)}${'x'.repeat(43)}`,
      sessionId: action.session, agent: action.agent, principal: action.principal, dryRun: action.dryRun,
      serverId: server === 'demo' ? this.#name : (server ?? ''),
    };
    const { dryRun: _, ...call } = request;
    try {
      const gateway = await this.stage.gateway(action.by);
      return clientOutcome(await (action.dryRun ? gateway.explain(call) : gateway.decide(call)));
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      if (error.attempts > 0) return refusedOutcome(error);
    }
    // What the client does not even send: the service refuses it as well.
    const metadata = await this.stage.as(action.by, 'GATEWAY');
    return decidedOutcome(await unary((done) => this.stage.decider.client.Decide(request, metadata, done)));
  }

  async #settle({ grant, callId, outcome }: Of<'settle'>): Promise<Outcome> {
    const metadata = await this.stage.as('gateway', 'GATEWAY');
    const settled = await unary<decision.SettleResponse__Output>((done) => this.stage.decider.client.Settle({ grant: this.#id(grant), callId, outcome }, metadata, done));
    return { refunded: settled.refunded.map(seen), replayed: settled.replayed };
  }

  async #lookup({ grant, callId }: Of<'lookup'>): Promise<Outcome> {
    const metadata = await this.stage.as('gateway', 'GATEWAY');
    return decidedOutcome(await unary((done) => this.stage.decider.client.GetDecision({ grant: this.#id(grant), callId }, metadata, done)));
  }

  async #visible({ names }: Of<'visible'>): Promise<Outcome> {
    const metadata = await this.stage.as('gateway', 'GATEWAY');
    const listed = await unary<decision.ListVisibleToolsResponse__Output>((done) => this.stage.decider.client.ListVisibleTools({ grant: this.#id('g1'), names: [...names] }, metadata, done));
    return { visible: Object.fromEntries(listed.tools.map(({ name, visible }) => [name, visible])) };
  }

  async #approval({ decision: wanted, approvalId: known, by, comment }: Of<'approval'>): Promise<Outcome> {
    const approvalId = known ?? `apr_${this.#id('g1')}_${'f'.repeat(24)}`;
    const metadata = await this.stage.as(by, wanted === 'withdraw' ? 'GATEWAY' : 'APPROVER');
    if (wanted === 'get') {
      const got = await unary<approval.GetApprovalResponse__Output>((done) => this.stage.approvals.GetApproval({ approvalId }, metadata, done));
      return approvalOutcome(got.approval!);
    }
    const verb = wanted.toUpperCase() as 'APPROVE' | 'DENY' | 'WITHDRAW';
    const resolved = await unary<approval.ResolveApprovalResponse__Output>((done) => this.stage.approvals.ResolveApproval({ approvalId, decision: verb, comment }, metadata, done));
    return { ...approvalOutcome(resolved.approval!), replayed: resolved.replayed };
  }

  #registry<T>(call: (client: ScenarioStage['registry'], metadata: Metadata, done: Done<T>) => void): Promise<T> {
    return unary((done) => call(this.stage.registry, this.stage.admin, done));
  }

  #policyId(policy: string): string {
    return `${this.#name}-${policy}`;
  }

  #id(grant: string): string {
    return this.#grants.get(grant)?.id ?? 'f'.repeat(32);
  }
}

/** Without a deadline: the caller's clock is not the decider's. */
function unary<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value as T))));
}

function failed(error: ServiceError): Outcome {
  const details = error.metadata?.get(STATUS_DETAILS_KEY)[0];
  if (details === undefined) throw error;
  const { code, reason, message, metadata, violations } = decodeStatus(details as Buffer);
  const kind = (Object.keys(ERROR_STATUS) as ErrorKind[]).find((one) => ERROR_STATUS[one].code === code) ?? `code ${code}`;
  const state = metadata['state'];
  return {
    error: kind, reason, message, ...(state === undefined ? {} : { state }),
    ...(reason === 'POLICY_INVALID' && { problems: violations.map(({ field, description }) => ({ pointer: field.replace(/^document/, ''), message: description })) }),
  };
}

/** What the client library makes of an answer. */
function clientOutcome(answer: Decision | Explanation): Outcome {
  const { verdict, wouldBe, rule, message, retryAfterMs, limits, approvalId, approvalExpiresAt } = answer;
  return {
    verdict, wouldBe, rule, message, retryAfterMs, limits: limits.map(({ resetsAt, ...limit }) => ({ ...limit, resetsAtMs: resetsAt?.getTime() ?? NaN })), approvalId,
    replayed: 'replayed' in answer && answer.replayed, steps: 'steps' in answer ? answer.steps.map((step) => `${step.rule} ${step.outcome}`) : [],
    ...(approvalExpiresAt && { approvalExpiresAtMs: approvalExpiresAt.getTime() }),
  };
}

function refusedOutcome({ kind, reason, message, metadata }: Undecided): Outcome {
  const state = metadata['state'];
  return { error: kind, reason, message, ...(state === undefined ? {} : { state }) };
}

function decidedOutcome(answer: decision.DecideResponse__Output): Outcome {
  const { verdict, wouldBe, rule, message, retryAfter, limits, replayed, steps, approvalId, approvalExpiresAt } = answer;
  return {
    verdict, wouldBe: wouldBe === 'VERDICT_UNSPECIFIED' ? null : wouldBe, rule, message, retryAfterMs: retryAfter && msOf(retryAfter),
    limits: limits.map(seen), replayed, steps: steps.map((step) => `${step.rule} ${step.outcome}`),
    approvalId: approvalId === '' ? null : approvalId, ...(approvalExpiresAt && { approvalExpiresAtMs: msOf(approvalExpiresAt) }),
  };
}

function approvalOutcome({ approvalId, state, needed, approvers, expiresAt, message, rule }: approval.Approval__Output): Outcome {
  return {
    state: state.toLowerCase(), needed, approvers: approvers.map(({ subject }) => subject), approvalId, message, rule,
    ...(expiresAt && { approvalExpiresAtMs: msOf(expiresAt) }),
  };
}

function seen({ rule, counter, limit, used, remaining, resetsAt, refused }: decision.LimitState__Output): SeenLimit {
  return { rule, counter, limit, used, remaining, resetsAtMs: resetsAt ? msOf(resetsAt) : NaN, refused };
}
