import { DocketError } from '#errors';
import { sha256, type Runtime } from '#ledger';
import { parseExactJson, type ExactJson } from '#policy';
import { findTools, listTools, toolViews, type Identity, type ToolHash, type ToolView, type ToolsPage } from '#registry';
import {
  DEFINITION_BYTES_MAX, HASH_FORMULA, REPORT_BYTES_MAX, TOOLS_MAX, classifyTools, diffDefinitions, hashInput, readDefinition, readInstructions, sameButForChurn,
  type FieldChange, type NormaliserRule, type RiskAssessment, type RiskClass,
} from '#tools';
import type { Editor } from './registry.edits.js';
import type { RegistryHost } from './registry.host.js';

export interface ToolsReport {
  readonly definitions: readonly Uint8Array[];
  readonly instructions: string;
  readonly trustFirst: boolean;
}

export interface ToolsEdited {
  readonly registryOffset: number;
  readonly unchanged: boolean;
}

export interface Rejected {
  readonly index: number;
  readonly problem: string;
}

export interface ListedTools extends ToolsPage {
  readonly registryOffset: number;
  readonly unchanged: boolean;
  readonly reported: boolean;
  readonly rules: readonly NormaliserRule[];
  /** By name, of all that there are; undefined if nobody asked. */
  readonly risks: ReadonlyMap<string, RiskAssessment> | undefined;
}

export interface ToolDifference {
  readonly view: ToolView;
  readonly changes: readonly FieldChange[];
}

/** What one answer carries of definitions: with both versions of each, in UTF-8, it stays below a gRPC message's bound. */
const PAGE_CHARS_MAX = 1_500_000;
const WAIT_MS_MAX = 30_000;
/** Another report of the same server may drop what this one has just stored. */
const REPORT_TRIES = 3;
const JSON_LIMITS = { maxBytes: DEFINITION_BYTES_MAX, maxDepth: 64 };

interface Text {
  readonly tool: string;
  readonly text: string;
  readonly hash: string;
}

/** What gateways report of servers' tools, and what administrators say of it (mcp-gateway.md 3 and 4). */
export class RegistryTools {
  /** @param draining aborts when the node stops: nobody is kept waiting then */
  constructor(private readonly host: RegistryHost, private readonly runtime: Runtime, private readonly draining?: AbortSignal) {}

  async report(caller: Editor, server_id: string, report: ToolsReport, deadlineMs?: number): Promise<ToolsEdited & { readonly rejected: readonly Rejected[] }> {
    toolViews(this.host.follower.state, caller.organisation, server_id);
    const { texts, rejected } = readReport(report);
    for (let tried = 1; ; tried += 1) {
      const named = this.withoutChurn(caller, server_id, texts);
      const known = findTools(this.host.follower.state, caller.organisation, server_id)?.texts;
      try {
        for (const { tool, text, hash } of named) {
          if (known?.has(hash) === true) continue;
          await this.host.edit({ type: 'StoreToolText', ...author(caller), server_id, tool, hash, hash_formula: HASH_FORMULA, text }, deadlineMs, caller.onward);
        }
        const tools = named.filter(({ tool }) => tool !== '').map(({ tool, hash }): ToolHash => ({ tool, hash }));
        const instructions = named.find(({ tool }) => tool === '')?.hash ?? '';
        const { registryOffset, unchanged } = await this.host.edit({ type: 'ReportTools', ...author(caller), server_id, instructions, tools, trust_first: report.trustFirst }, deadlineMs, caller.onward);
        return { registryOffset, unchanged, rejected };
      } catch (error) {
        if (!(error instanceof DocketError) || error.reason !== 'TOOL_TEXT_MISSING' || tried === REPORT_TRIES) throw error;
      }
    }
  }

  /** Waits for a change if nothing has changed since `afterOffset`, for `waitMs` at most. Throws not_found. */
  async list(caller: Identity, serverId: string, request: { readonly after: string | undefined; readonly withRisk: boolean; readonly afterOffset: number; readonly waitMs: number }): Promise<ListedTools> {
    const { after, withRisk, afterOffset, waitMs } = request;
    if (waitMs < 0 || waitMs > WAIT_MS_MAX) throw invalid('wait_ms', `found ${waitMs}, expected 0 to ${WAIT_MS_MAX}`);
    const offset = (): number => findTools(this.host.follower.state, caller.organisation, serverId)?.registry_offset ?? 0;
    if (afterOffset > 0 && offset() <= afterOffset) await this.changed(() => offset() > afterOffset, waitMs);
    const views = toolViews(this.host.follower.state, caller.organisation, serverId);
    const of = findTools(this.host.follower.state, caller.organisation, serverId);
    const common = { registryOffset: offset(), reported: of?.reported ?? false, rules: of?.rules ?? [] };
    if (afterOffset > 0 && common.registryOffset <= afterOffset) return { ...common, unchanged: true, tools: [], nextAfter: '', risks: undefined };
    return { ...common, ...listTools(views, after, PAGE_CHARS_MAX), unchanged: false, risks: withRisk ? risksOf(views) : undefined };
  }

  /** Of one tool, or of all that are not approved as they are. Throws not_found. */
  diff(caller: Identity, serverId: string, tool: string, after: string | undefined): { readonly diffs: readonly ToolDifference[]; readonly nextAfter: string } {
    const all = toolViews(this.host.follower.state, caller.organisation, serverId);
    const wanted = tool === '' ? all.filter(({ state }) => state !== 'approved') : all.filter(({ record }) => record.tool === tool);
    if (tool !== '' && wanted.length === 0) throw new DocketError('not_found', { reason: 'TOOL_NOT_FOUND', message: `server ${serverId} has never listed ${tool}`, violations: [{ field: 'tool', description: 'expected the name of a tool that was listed' }] });
    // Invisible characters take eight times their room when they are spelled out.
    const { tools, nextAfter } = listTools(wanted, after, PAGE_CHARS_MAX / 8);
    return { diffs: tools.map((view) => ({ view, changes: view.state === 'withdrawn' ? [] : diffDefinitions(jsonOf(view.approvedText), jsonOf(view.observedText)) })), nextAfter };
  }

  async approve(caller: Editor, server_id: string, tools: readonly ToolHash[], deadlineMs?: number): Promise<ToolsEdited> {
    return this.host.edit({ type: 'ApproveTools', ...author(caller), server_id, tools }, deadlineMs, caller.onward);
  }

  async overrideRisk(caller: Editor, server_id: string, tool: string, risk_class: RiskClass | null, deadlineMs?: number): Promise<ToolsEdited> {
    return this.host.edit({ type: 'SetToolRisk', ...author(caller), server_id, tool, risk_class }, deadlineMs, caller.onward);
  }

  async allowChurn(caller: Editor, server_id: string, rules: readonly NormaliserRule[], deadlineMs?: number): Promise<ToolsEdited> {
    return this.host.edit({ type: 'SetToolChurn', ...author(caller), server_id, rules }, deadlineMs, caller.onward);
  }

  /** What differs from the approved text in nothing but reviewed churn is reported as that text. */
  private withoutChurn(caller: Identity, serverId: string, texts: readonly Text[]): readonly Text[] {
    const known = findTools(this.host.follower.state, caller.organisation, serverId);
    if (known === undefined || known.rules.length === 0) return texts;
    return texts.map((one) => {
      const approved = known.records.get(one.tool)?.approved;
      const text = approved === undefined ? undefined : known.texts.get(approved);
      if (approved === undefined || text === undefined || approved === one.hash) return one;
      return sameButForChurn(one.tool, parse(text), parse(one.text), known.rules) ? { tool: one.tool, text, hash: approved } : one;
    });
  }

  private changed(isSo: () => boolean, waitMs: number): Promise<void> {
    if (waitMs === 0 || this.draining?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        cancel();
        this.draining?.removeEventListener('abort', done);
        resolve();
      };
      const stop = this.host.follower.onChange(() => {
        if (isSo()) done();
      });
      const cancel = this.runtime.after(waitMs, done);
      this.draining?.addEventListener('abort', done);
    });
  }
}

function readReport({ definitions, instructions }: ToolsReport): { readonly texts: readonly Text[]; readonly rejected: readonly Rejected[] } {
  if (definitions.length > TOOLS_MAX) throw invalid('definitions', `found ${definitions.length}, expected at most ${TOOLS_MAX}`);
  const bytes = definitions.reduce((sum, definition) => sum + definition.length, 0);
  if (bytes > REPORT_BYTES_MAX) throw invalid('definitions', `found ${bytes} bytes, expected at most ${REPORT_BYTES_MAX}`);
  const texts = new Map<string, Text | undefined>();
  const rejected: Rejected[] = [];
  definitions.forEach((definition, index) => {
    try {
      const { name, text } = readDefinition(definition, 'definition');
      if (texts.has(name)) rejected.push({ index, problem: `the server lists ${name} more than once: nobody can say which of them is called, so none is` });
      texts.set(name, rejected.at(-1)?.index === index ? undefined : textOf(name, text));
    } catch (error) {
      if (!(error instanceof DocketError)) throw error;
      rejected.push({ index, problem: [error.message, ...error.violations.map(({ field, description }) => `${field}: ${description}`)].join('; ') });
    }
  });
  const sorted = [...texts.values()].filter((text) => text !== undefined).sort((a, b) => (a.tool < b.tool ? -1 : 1));
  return { texts: instructions === '' ? sorted : [textOf('', readInstructions(instructions)), ...sorted], rejected };
}

function textOf(tool: string, text: string): Text {
  return { tool, text, hash: sha256(hashInput(text)) };
}

/** What the rules say of a server's tools, by name: told from all of them, since siblings are evidence. */
export function risksOf(views: readonly ToolView[]): ReadonlyMap<string, RiskAssessment> {
  return classifyTools(views.flatMap(({ record, approvedText, observedText }) => {
    const text = observedText ?? approvedText;
    return record.tool === '' || text === undefined ? [] : [readDefinition(text)];
  }));
}

function jsonOf(text: string | undefined): ExactJson | undefined {
  return text === undefined ? undefined : parse(text);
}

function parse(text: string): ExactJson {
  return parseExactJson(text, JSON_LIMITS);
}

function author({ organisation, subject }: Identity): { organisation: string; actor: string } {
  return { organisation, actor: subject };
}

function invalid(field: string, description: string): DocketError {
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not valid: ${field}`, violations: [{ field, description }] });
}
