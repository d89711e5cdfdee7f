import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DocketError } from '#errors';
import { canonicalPolicyText, parsePolicy } from '#policy';
import { parse } from 'yaml';
import { CALLER, GRANT, OTHER_GRANT, Partition } from './fixtures/partition.js';
import type { CallDecided, Outcome } from './index.js';

// The corpus is described in test/scenarios/README.md.
const FOLDER = join(import.meta.dirname, '../../../test/scenarios');

interface Scenario {
  readonly name: string;
  readonly covers: string;
  readonly policy?: unknown;
  readonly at?: string;
  readonly grants?: Readonly<Record<string, { readonly policy?: string | null; readonly expires_at?: string; readonly mode?: 'enforce' | 'observe' }>>;
  readonly steps?: readonly Step[];
  readonly document?: unknown;
  readonly text?: string;
  readonly problems?: readonly { readonly pointer: string; readonly says: string }[];
  readonly warnings?: readonly { readonly pointer: string; readonly says: string }[];
  readonly normalised?: unknown;
}

interface Step {
  readonly call?: {
    readonly tool: string; readonly grant?: string; readonly id?: string; readonly id_at?: string; readonly session?: string;
    readonly arguments?: unknown; readonly logical?: string; readonly server?: string; readonly dry_run?: boolean; readonly organisation?: string;
    readonly secret?: string;
  };
  readonly times?: number;
  readonly settle?: { readonly id: string; readonly outcome: Outcome };
  readonly lookup?: { readonly id: string };
  readonly visible?: readonly string[];
  readonly wait?: string;
  readonly at?: string;
  readonly publish?: unknown;
  readonly revoke?: string;
  readonly expect?: Expected;
}

interface Expected {
  readonly verdict?: string;
  readonly would_be?: string;
  readonly rule?: string;
  readonly message?: string;
  readonly retry_after?: string | null;
  readonly remaining?: Readonly<Record<string, number>>;
  readonly used?: Readonly<Record<string, number>>;
  readonly resets_at?: string;
  readonly replayed?: boolean;
  readonly steps?: readonly string[];
  readonly refunded?: readonly string[];
  readonly visible?: Readonly<Record<string, boolean>>;
  readonly error?: string;
  readonly reason?: string;
}

const GRANTS: Readonly<Record<string, string>> = { g1: GRANT, g2: OTHER_GRANT };

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

test('the corpus holds at least 40 cases, each of another name and with the sentence it covers', () => {
  const all = files.flatMap((file) => scenarios(file));
  expect(all.length).toBeGreaterThanOrEqual(40);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { covers } of all) expect(covers).toMatch(/^(policy|design)\.md [0-9.]+: .{10,}/);
});

describe.each(files)('%s', (file) => {
  test.each(scenarios(file).map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    if (scenario.steps !== undefined) runSteps(scenario);
    else checkDocument(scenario);
  });
});

function scenarios(file: string): Scenario[] {
  return parse(readFileSync(join(FOLDER, file), 'utf8')) as Scenario[];
}

function checkDocument(scenario: Scenario): void {
  const parsed = parsePolicy(scenario.text ?? JSON.stringify(scenario.document));
  if (scenario.problems !== undefined) {
    const problems = parsed.ok ? [] : parsed.problems;
    expect(problems.map(({ pointer }) => pointer)).toEqual(scenario.problems.map(({ pointer }) => pointer));
    scenario.problems.forEach(({ says }, i) => expect(problems[i]?.message).toContain(says));
    return;
  }
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const text = canonicalPolicyText(parsed.policy);
  if (scenario.normalised !== undefined) expect(JSON.parse(text)).toEqual(scenario.normalised);
  const again = parsePolicy(text);
  expect(again.ok && canonicalPolicyText(again.policy)).toBe(text);
  const warnings = scenario.warnings ?? [];
  expect(parsed.warnings.map(({ pointer }) => pointer)).toEqual(warnings.map(({ pointer }) => pointer));
  warnings.forEach(({ says }, i) => expect(parsed.warnings[i]?.message).toContain(says));
}

function runSteps(scenario: Scenario): void {
  const partition = new Partition();
  if (scenario.at !== undefined) partition.nowMs = Date.parse(scenario.at);
  if (scenario.policy !== undefined) partition.publish(scenario.policy);
  for (const [name, grant] of Object.entries(scenario.grants ?? { g1: {}, g2: {} })) {
    partition.grant({
      grant_id: idOfGrant(name),
      policy_id: grant.policy === null ? '' : (grant.policy ?? 'main'),
      mode: grant.mode ?? 'enforce',
      expires_at_ms: grant.expires_at === undefined ? null : Date.parse(grant.expires_at),
    });
  }
  const ids = new Map<string, string>();
  scenario.steps?.forEach((step, i) => {
    for (let n = 0; n < (step.times ?? 1); n++) {
      const outcome = attempt(() => runStep(partition, ids, step));
      if (step.expect === undefined && outcome.error !== undefined) throw new Error(`step ${i + 1}: ${outcome.error}: ${outcome.reason}`);
      if (step.expect !== undefined) expect({ step: i + 1, round: n + 1, ...outcome }).toMatchObject({ step: i + 1, round: n + 1, ...step.expect });
    }
  });
}

function idOfGrant(name: string): string {
  return GRANTS[name] ?? name;
}

function attempt(act: () => Expected): Expected {
  try {
    return act();
  } catch (error) {
    if (error instanceof DocketError) return { error: error.kind, reason: error.reason };
    throw error;
  }
}

function runStep(partition: Partition, ids: Map<string, string>, step: Step): Expected {
  if (step.wait !== undefined) partition.nowMs += Number(step.wait.replace('s', '')) * 1_000;
  if (step.at !== undefined) partition.nowMs = Date.parse(step.at);
  if (step.publish !== undefined) partition.publish(step.publish);
  if (step.revoke !== undefined) partition.grant({ grant_id: idOfGrant(step.revoke), revoked: true });
  if (step.settle !== undefined) {
    const reply = partition.settle(idOf(partition, ids, step.settle.id), step.settle.outcome);
    return { refunded: reply.event.refunded.map(({ counter, used }) => `${counter} ${used}`), replayed: reply.replayed };
  }
  if (step.lookup !== undefined) return outcomeOf(partition.decision(idOf(partition, ids, step.lookup.id)));
  if (step.visible !== undefined) {
    return { visible: Object.fromEntries(partition.visible(step.visible).tools.map(({ name, visible }) => [name, visible])) };
  }
  if (step.call === undefined) return {};
  const { tool, grant = 'g1', id, id_at, session = '', logical, server = '', dry_run = false, organisation = 'default', secret } = step.call;
  return outcomeOf(partition.call({
    tool, session_id: session, server_id: server, dry_run,
    grant: idOfGrant(grant),
    args: step.call.arguments ?? {},
    caller: { ...CALLER, organisation },
    call_id: id === undefined ? partition.callId(id_at === undefined ? undefined : Date.parse(id_at)) : idOf(partition, ids, id),
    logical_call_id: logical === undefined ? '' : idOf(partition, ids, logical),
    ...(secret === undefined ? {} : { secret }),
  }));
}

/** A name stands for one id, made when it is first used. */
function idOf(partition: Partition, ids: Map<string, string>, name: string): string {
  const id = ids.get(name) ?? partition.callId();
  ids.set(name, id);
  return id;
}

function outcomeOf({ event, replayed, steps }: { event: CallDecided; replayed: boolean; steps: readonly { rule: string; outcome: string }[] }): Expected {
  const resets = event.limits[0]?.resets_at_ms;
  return {
    verdict: event.verdict,
    ...(event.would_be === null ? {} : { would_be: event.would_be }),
    rule: event.rule,
    message: event.message,
    retry_after: event.retry_after_ms === null ? null : `${event.retry_after_ms / 1_000}s`,
    remaining: Object.fromEntries(event.limits.map(({ counter, remaining }) => [counter, Number(remaining)])),
    used: Object.fromEntries(event.limits.map(({ counter, used }) => [counter, Number(used)])),
    ...(resets === undefined ? {} : { resets_at: new Date(resets).toISOString() }),
    replayed,
    steps: steps.map(({ rule, outcome }) => `${rule} ${outcome}`),
  };
}
