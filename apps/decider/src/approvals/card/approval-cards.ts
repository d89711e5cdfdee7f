import { msOf, timestampOf } from '#contracts';
import type { approval, registry } from '#contracts';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { canonicalJson, entryFor, parseExactJson } from '#policy';
import type { CompiledPolicy, ExactJson } from '#policy';
import { findGrant, findServer, toolViews } from '#registry';
import type { RegistryState, ToolView } from '#registry';
import { className, stateName, toRisk } from '../../registry/tools.mapping.js';
import type { CardHistory, ChargedRow, History } from './card-history.js';
import { KnownRisks } from './known-risks.js';

/** A person waits for the card: a history that takes longer is left out of it. */
const HISTORY_MS = 3_000;
const DESCRIPTION_CHARS_MAX = 4_000;
const DOCUMENT_LIMITS = { maxBytes: 4 * 1024 * 1024, maxDepth: 64 };
const NO_HISTORY: History = { likeIt: [], lastApproved: undefined, charged: [], calls: [] };

export interface ApprovalCardsOptions {
  /** This node's copy of the registry. */
  readonly registry: { readonly state: RegistryState; readonly policies: { readonly lookup: (version: string) => CompiledPolicy | undefined } };
  readonly history: Pick<CardHistory, 'of'>;
  readonly runtime: Runtime;
}

export interface CardAsker {
  readonly organisation: string;
  readonly isApprover: boolean;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

/** Puts what a person wants to know beside an approval: all of it is looked up, nothing of it is decided here. */
export class ApprovalCards {
  readonly #o: ApprovalCardsOptions;
  readonly #risks = new KnownRisks();

  constructor(options: ApprovalCardsOptions) {
    this.#o = options;
  }

  /** @param found as the owner of its partition gives it to this caller */
  async of(found: approval.Approval, { organisation, isApprover, deadlineMs }: CardAsker): Promise<approval.GetApprovalCardResponse> {
    const { registry: { state, policies }, history, runtime } = this.#o;
    const { approvalId = '', grantId = '', serverId = '', tool = '', rule = '', policyVersion = '', requestedAt } = found;
    const limits = amountsIn(policies.lookup(policyVersion), tool);
    let past = NO_HISTORY;
    let historyMissing = '';
    try {
      past = await history.of({
        approvalId, organisation, grantId, serverId, tool, requestedAtMs: requestedAt ? msOf(requestedAt) : 0, counters: limits.map(({ counter }) => counter), isApprover,
        deadlineMs: Math.min(deadlineMs, runtime.monotonicMs() + HISTORY_MS),
      });
    } catch (error) {
      // People can decide without it, and are told that it is missing.
      if (!(error instanceof DocketError)) throw error;
      historyMissing = error.message;
    }
    const grant = findGrant(state, organisation, grantId);
    return {
      approval: found,
      grant: grant === undefined ? null : {
        label: grant.label, issuedBy: grant.issued_by, issuedAt: timestampOf(grant.issued_at_ms), expiresAt: optionalTime(grant.expires_at_ms), revokedAt: optionalTime(grant.revoked_at_ms),
      },
      serverName: findServer(state, organisation, serverId)?.name ?? '',
      tool: this.#tool(state, organisation, serverId, tool),
      ruleDocument: Buffer.from(ruleAt(state.documents.get(policyVersion), rule)),
      likeIt: past.likeIt, lastApproved: past.lastApproved ?? null, calls: past.calls, historyMissing,
      amounts: limits.flatMap(({ counter, windowKey, argument }) => past.charged.filter((row) => row.counter === counter && row.time_window === windowKey).map((row) => usual(row, argument))),
    };
  }

  #tool(state: RegistryState, organisation: string, serverId: string, tool: string): approval.CardTool | null {
    if (findServer(state, organisation, serverId) === undefined) return null;
    const views = toolViews(state, organisation, serverId);
    const view = views.find(({ record }) => record.tool === tool);
    if (tool === '' || view === undefined) return null;
    const risk = this.#risks.of(organisation, serverId, views).get(tool);
    const { title, description } = textsOf(view);
    return {
      state: stateName(view.state) as registry.ToolState, title, description: description.slice(0, DESCRIPTION_CHARS_MAX), risk: risk === undefined ? null : toRisk(risk),
      overrideClass: view.record.risk_class === null ? 'RISK_CLASS_UNSPECIFIED' : className(view.record.risk_class), overrideBy: view.record.risk_set_by,
    };
  }
}

/** Limits of the tool that add up an argument, as the policy's version had them. */
function amountsIn(policy: CompiledPolicy | undefined, tool: string): { readonly counter: string; readonly windowKey: string; readonly argument: string }[] {
  const limits = policy === undefined ? [] : entryFor(policy, tool)?.limits ?? [];
  return limits.filter(({ incrementFrom }) => incrementFrom !== '').map(({ counter, windowKey, incrementFrom }) => ({ counter, windowKey, argument: incrementFrom }));
}

function usual({ counter, time_window, calls, smallest, median, largest }: ChargedRow, argument: string): approval.UsualAmount {
  return { argument, counter, window: time_window, calls, smallest, median, largest };
}

function textsOf({ observedText, approvedText }: ToolView): { readonly title: string; readonly description: string } {
  const text = observedText ?? approvedText;
  const definition = text === undefined ? {} : JSON.parse(text) as { readonly title?: unknown; readonly description?: unknown };
  const [title, description] = [definition.title, definition.description].map((value) => (typeof value === 'string' ? value.toWellFormed() : ''));
  return { title: title!.slice(0, 256), description: description! };
}

/** What a JSON pointer names in the document; '' for nothing. Numbers stay exact. */
function ruleAt(document: string | undefined, pointer: string): string {
  if (document === undefined || !pointer.startsWith('/')) return '';
  let found: ExactJson | undefined = parseExactJson(document, DOCUMENT_LIMITS);
  for (const step of pointer.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    found = found instanceof Map ? found.get(step) as ExactJson | undefined : Array.isArray(found) ? found[Number(step)] as ExactJson | undefined : undefined;
  }
  return found === undefined ? '' : canonicalJson(found);
}

function optionalTime(ms: number | null | undefined): ReturnType<typeof timestampOf> | null {
  return ms === null || ms === undefined ? null : timestampOf(ms);
}
