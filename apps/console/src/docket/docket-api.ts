import type { ChannelCredentials, ServiceError } from '@grpc/grpc-js';
import { approvalClient, bearer, registryClient } from '#contracts';
import type { approval, registry } from '#contracts';
import type { Secret } from '#platform';
import { Refusal, refusalOf } from './refusal.js';

const CALL_MS = 10_000;
/** A card holds arguments of up to seven calls. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const PAGE_SIZE = 100;

export interface DocketApiOptions {
  readonly addresses: readonly string[];
  readonly channel: ChannelCredentials;
}

type Done<A> = (error: ServiceError | null, answer?: A) => void;
interface Clients { readonly approvals: approval.ApprovalServiceClient; readonly registry: registry.RegistryServiceClient }

/** What the console asks of deciders, always with the credential of the person in front of it. Every method rejects with a Refusal. */
export class DocketApi {
  readonly #clients: readonly Clients[];
  #current = 0;

  constructor({ addresses, channel }: DocketApiOptions) {
    const options = { 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX };
    this.#clients = addresses.map((address) => ({ approvals: approvalClient(address, channel, options), registry: registryClient(address, channel, options) }));
  }

  whoAmI(credential: Secret): Promise<registry.WhoAmIResponse__Output> {
    return this.#ask(({ registry: client }, deadline, done) => client.WhoAmI({}, bearer(credential.reveal()), { deadline }, done));
  }

  /** A page of those in this state, oldest first. */
  list(credential: Secret, state: 'PENDING' | 'APPROVED', pageToken: string): Promise<approval.ListApprovalsResponse__Output> {
    return this.#ask(({ approvals }, deadline, done) => approvals.ListApprovals({ state, pageSize: PAGE_SIZE, pageToken }, bearer(credential.reveal()), { deadline }, done));
  }

  async get(credential: Secret, approvalId: string): Promise<approval.Approval__Output> {
    return (await this.#ask<approval.GetApprovalResponse__Output>(({ approvals }, deadline, done) => approvals.GetApproval({ approvalId }, bearer(credential.reveal()), { deadline }, done))).approval!;
  }

  card(credential: Secret, approvalId: string): Promise<approval.GetApprovalCardResponse__Output> {
    return this.#ask(({ approvals }, deadline, done) => approvals.GetApprovalCard({ approvalId }, bearer(credential.reveal()), { deadline }, done));
  }

  resolve(credential: Secret, approvalId: string, decision: 'APPROVE' | 'DENY', comment: string): Promise<approval.ResolveApprovalResponse__Output> {
    return this.#ask(({ approvals }, deadline, done) => approvals.ResolveApproval({ approvalId, decision, comment }, bearer(credential.reveal()), { deadline }, done));
  }

  close(): void {
    for (const { approvals, registry: client } of this.#clients) {
      approvals.close();
      client.close();
    }
  }

  /** Whichever decider answers: each hands a question on to who owns it. All of these may be asked again: a decision that was taken already changes nothing. */
  async #ask<A>(call: (clients: Clients, deadline: number, done: Done<A>) => unknown): Promise<A> {
    for (let tried = 1; ; tried += 1) {
      const clients = this.#clients[this.#current % this.#clients.length]!;
      try {
        return await new Promise<A>((resolve, reject) => call(clients, Date.now() + CALL_MS, (error, answer) => (error === null ? resolve(answer!) : reject(refusalOf(error)))));
      } catch (error) {
        if (!(error instanceof Refusal) || (error.code !== 'UNAVAILABLE' && error.code !== 'DEADLINE_EXCEEDED') || tried >= this.#clients.length) throw error;
        this.#current += 1;
      }
    }
  }
}
