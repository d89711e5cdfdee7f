import type { decision } from '#contracts';
import type { DocketError } from '#errors';
import type { Logger } from '#platform';

/** Whether the policy only observes: what it would have said is worth counting and logging. */
export function isObserved({ wouldBe }: decision.DecideResponse): boolean {
  return wouldBe !== 'VERDICT_UNSPECIFIED' && wouldBe !== undefined;
}

/** One wide line per decision: everything that is needed to find it again, and no arguments, tokens or secrets. */
export class DecisionLog {
  constructor(private readonly logger: Logger, private readonly enabled: boolean) {}

  decided(request: decision.DecideRequest__Output, response: decision.DecideResponse, latencyMs: number, partition: number, subject: string): void {
    if (!this.enabled) return;
    this.logger.info({
      verdict: response.verdict, rule: response.rule, grant: response.grantId, tool: request.tool, call: response.callId, by: subject,
      policy: response.policyId, approval: response.approvalId || undefined, wouldBe: isObserved(response) ? response.wouldBe : undefined,
      replayed: response.replayed, dryRun: response.dryRun, partition, offset: response.receipt?.offset ?? null,
      ms: Math.round(latencyMs * 100) / 100,
    }, 'decided');
  }

  /** `subject`: of the credential, '' if there was none. */
  failed(method: string, error: DocketError, latencyMs: number, subject: string): void {
    // Refused by the thousand: they are counted, and told together.
    if (!this.enabled || error.reason === 'OVERLOADED') return;
    this.logger.info({ method, kind: error.kind, reason: error.reason, by: subject, ms: Math.round(latencyMs * 100) / 100 }, 'not decided');
  }
}
