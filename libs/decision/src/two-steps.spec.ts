import fc from 'fast-check';
import { type Audit, Installation, type Run, audit } from './fixtures/installation.js';
import { CALLER, type Partition } from './fixtures/partition.js';
import { type Decide, type DecidedReply, type ScopeKey, abortInSteps, decideInSteps, settleInSteps } from './index.js';

const GRANTS = 6;
const grantOf = (n: number): string => n.toString(16).padStart(32, '0');
/** Grants 0 to 3 are for one server, the others for another one of the same organisation. */
const serverOf = (n: number): string => (n < 4 ? 'mail' : 'files');
const limit = (counter: string, scope: string, max: number): object => ({ counter, window: 'month', max, scope });

function installed(limits: readonly object[], partitions = 5): Installation {
  const installation = new Installation(partitions, { version: '1', default: 'deny', tools: { search: { limits } } });
  for (let n = 0; n < GRANTS; n++) installation.partitionOf(grantOf(n)).grant({ grant_id: grantOf(n), server_id: serverOf(n) });
  return installation;
}

/** One caller's call, which it repeats with the same id until it has an answer. */
interface Call {
  readonly command: Decide;
  readonly trail: ScopeKey[];
  run: Run<DecidedReply>;
}

function callOf(installation: Installation, n: number, ids: Partition): Call {
  const command = ids.command({ grant: grantOf(n) });
  const trail: ScopeKey[] = [];
  return { command, trail, run: installation.start(decideInSteps(command, trail)) };
}

function again(installation: Installation, call: Call): void {
  // The node that tried before may be gone, with all that it knew.
  call.trail.length = 0;
  call.run = installation.start(decideInSteps(call.command, call.trail));
}

const peakOf = ({ peaks }: Audit, scope: string): number => Math.max(0, ...[...peaks].filter(([key]) => key.includes(`"${scope}"`)).map(([, peak]) => peak));
const heldAtLast = ({ left }: Audit, scope: string, server = ''): number => [...left].filter(([key]) => key.startsWith(`["${server}","${scope}"`)).reduce((sum, [, used]) => sum + used, 0);

const pick = fc.nat(1_000_000);

test('without crashes exactly as many calls pass as the limit of a server says, however they interleave', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 12 }), fc.array(fc.nat(3), { minLength: 5, maxLength: 25 }), fc.infiniteStream(pick), (max, callers, picks) => {
    const installation = installed([limit('s', 'server', max)]);
    const ids = installation.partitions[0]!;
    let waiting = callers.map((n) => callOf(installation, n, ids));
    const all = waiting;
    for (const next of picks) {
      if (waiting.length === 0) break;
      const call = waiting[next % waiting.length]!;
      if (!installation.advance(call.run)) waiting = waiting.filter((one) => one !== call);
    }
    const found = audit(installation);
    expect(all.map(({ run }) => run.error)).toEqual(all.map(() => undefined));
    expect(found.passed).toHaveLength(Math.min(max, callers.length));
    expect(peakOf(found, 'server')).toBe(Math.min(max, callers.length));
    expect(found.unpaid).toEqual([]);
    // One more event for each call that passes, none for one that does not.
    expect(installation.events().filter(({ event }) => event.type.startsWith('Quota'))).toHaveLength(found.passed.length);
  }), { numRuns: 60 });
});

test('no limit is exceeded and no share is lost to a call that did not pay, whoever dies between the steps', () => {
  const fault = fc.record({ who: pick, what: fc.constantFrom('step', 'step', 'step', 'step', 'step', 'step', 'die', 'die', 'give up', 'settle', 'restart', 'publish'), more: pick });
  fc.assert(fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 8 }), fc.array(fc.nat(GRANTS - 1), { minLength: 3, maxLength: 20 }), fc.array(fault, { maxLength: 250 }), (ofServer, ofOrganisation, callers, faults) => {
    const limits = (more = 0): object[] => [limit('g', 'grant', 3), limit('s', 'server', ofServer + more), limit('o', 'organisation', ofOrganisation + more)];
    const installation = installed(limits());
    const ids = installation.partitions[0]!;
    const calls = callers.map((n) => callOf(installation, n, ids));
    let widest = 0;
    for (const { who, what, more } of faults) {
      const call = calls[who % calls.length]!;
      switch (what) {
        case 'step': installation.advance(call.run); break;
        // Its command may have been logged; nobody hears of it. The caller asks again.
        case 'die': again(installation, call); break;
        case 'give up': {
          const trail: ScopeKey[] = [...call.trail];
          if (trail.length === 0) break;
          const run = installation.start(abortInSteps({ grant_id: call.command.grant.grant_id, call_id: call.command.call_id, actor: 'node' }, trail));
          // This may die half-way, too.
          for (let steps = more % 4; steps > 0 && installation.advance(run); steps--);
          break;
        }
        case 'settle': {
          const { call_id, grant } = call.command;
          const run = installation.start(settleInSteps({ type: 'Settle', caller: CALLER, grant, call_id, call_id_time_ms: 0, outcome: 'NOT_SENT' }));
          for (let steps = more % 4; steps > 0 && installation.advance(run); steps--);
          break;
        }
        case 'restart': installation.restart(); break;
        case 'publish':
          widest = Math.max(widest, more % 3);
          installation.publish({ version: '1', default: 'deny', tools: { search: { limits: limits(more % 3) } } });
      }
    }
    for (const call of calls) while (installation.advance(call.run));
    const found = audit(installation);
    expect(peakOf(found, 'server')).toBeLessThanOrEqual(ofServer + widest);
    expect(peakOf(found, 'organisation')).toBeLessThanOrEqual(ofOrganisation + widest);
    expect(found.unpaid).toEqual([]);
    // Nobody waits for ever: every caller has a verdict, or learns that the id was given up.
    expect(calls.map(({ run }) => run.error?.reason ?? 'decided').filter((ending) => ending !== 'decided' && ending !== 'CALL_ABORTED' && ending !== 'CALL_NOT_SENT')).toEqual([]);
    installation.restart();
  }), { numRuns: 150 });
});

test('what a call that died had reserved is given back when its id is ended, and then the call never passes', () => {
  const installation = installed([limit('s', 'server', 1)]);
  const ids = installation.partitions[0]!;
  const dying = callOf(installation, 0, ids);
  installation.advance(dying.run);
  installation.advance(dying.run);
  expect(dying.trail).toEqual([{ scope: 'server', key: 'default/mail' }]);
  const other = callOf(installation, 1, ids);
  expect(installation.run(decideInSteps(other.command, []))).toMatchObject({ event: { verdict: 'RATE_LIMITED' } });
  installation.run(abortInSteps({ grant_id: grantOf(0), call_id: dying.command.call_id, actor: 'node' }, dying.trail));
  expect(dying.trail).toEqual([]);
  expect(heldAtLast(audit(installation), 'server', 'mail')).toBe(0);
  // The node that had died was only slow.
  installation.advance(dying.run);
  expect(dying.run.error).toMatchObject({ kind: 'failed_precondition', reason: 'CALL_ABORTED' });
  expect(() => installation.run(decideInSteps(dying.command, []))).toThrow(expect.objectContaining({ reason: 'CALL_ABORTED' }));
  expect(installation.run(decideInSteps(callOf(installation, 1, ids).command, []))).toMatchObject({ event: { verdict: 'ALLOW' } });
});

test('a reservation that arrives after its call was given up takes nothing', () => {
  const installation = installed([limit('s', 'server', 1)]);
  const call = callOf(installation, 0, installation.partitions[0]!);
  installation.advance(call.run);
  // Its message is on its way, and its node believes that it may have arrived.
  installation.run(abortInSteps({ grant_id: grantOf(0), call_id: call.command.call_id, actor: 'node' }, [{ scope: 'server', key: 'default/mail' }]));
  installation.advance(call.run);
  expect(call.run.error).toMatchObject({ reason: 'CALL_ABORTED' });
  expect(heldAtLast(audit(installation), 'server', 'mail')).toBe(0);
});

test('a call that home refuses after it has reserved gives its share back', () => {
  const installation = installed([limit('s', 'server', 9), limit('o', 'organisation', 9)]);
  const call = callOf(installation, 0, installation.partitions[0]!);
  for (let step = 0; step < 4; step++) installation.advance(call.run);
  installation.publish({ version: '1', default: 'deny', tools: {} });
  while (installation.advance(call.run));
  expect(call.run.step?.value).toMatchObject({ event: { verdict: 'DENY', rule: '(default deny)' } });
  expect(call.trail).toEqual([]);
  const found = audit(installation);
  expect([heldAtLast(found, 'server', 'mail'), heldAtLast(found, 'organisation')]).toEqual([0, 0]);
});

test('a limit that was lowered while a call reserved holds for it', () => {
  const installation = installed([limit('s', 'server', 9)]);
  const ids = installation.partitions[0]!;
  installation.run(decideInSteps(callOf(installation, 1, ids).command, []));
  const call = callOf(installation, 0, ids);
  installation.advance(call.run);
  installation.advance(call.run);
  installation.publish({ version: '1', default: 'deny', tools: { search: { limits: [limit('s', 'server', 1)] } } });
  while (installation.advance(call.run));
  expect(call.run.step?.value).toMatchObject({ event: { verdict: 'RATE_LIMITED', rule: '/tools/search/limits/0' } });
  expect(heldAtLast(audit(installation), 'server', 'mail')).toBe(1);
});

test('a call whose counters were changed by an edit between its steps is ended, with nothing kept', () => {
  const installation = installed([limit('s', 'server', 9)]);
  const call = callOf(installation, 0, installation.partitions[0]!);
  installation.advance(call.run);
  installation.advance(call.run);
  installation.publish({ version: '1', default: 'deny', tools: { search: { limits: [limit('other', 'server', 9)] } } });
  while (installation.advance(call.run));
  expect(call.run.error).toMatchObject({ kind: 'failed_precondition', reason: 'CALL_ABORTED' });
  expect(call.trail).toEqual([{ scope: 'server', key: 'default/mail' }]);
  installation.run(abortInSteps({ grant_id: grantOf(0), call_id: call.command.call_id, actor: 'node' }, call.trail));
  expect(heldAtLast(audit(installation), 'server', 'mail')).toBe(0);
});

test('the same id with other content does not touch the share of the call that reserved', () => {
  const installation = installed([limit('s', 'server', 9)]);
  const call = callOf(installation, 0, installation.partitions[0]!);
  installation.advance(call.run);
  installation.advance(call.run);
  const trail: ScopeKey[] = [];
  expect(() => installation.run(decideInSteps({ ...call.command, content: 'other' }, trail))).toThrow(expect.objectContaining({ kind: 'already_exists' }));
  expect(trail).toEqual([]);
  while (installation.advance(call.run));
  expect(call.run.step?.value).toMatchObject({ event: { verdict: 'ALLOW' } });
});

test('whoever is refused by anything else reserves nothing', () => {
  const approve = [{ conditions: [{ path: 'args.big', op: 'eq', value: true }] }];
  const installation = new Installation(3, {
    version: '1', default: 'deny', hide: ['hidden'],
    tools: {
      search: { deny_if: [{ conditions: [{ path: 'args.bad', op: 'eq', value: true }] }], approve_if: approve, limits: [limit('g', 'grant', 1), limit('s', 'server', 9), limit('o', 'organisation', 9)] },
      hidden: { limits: [limit('s', 'server', 9)] },
      pay: { limits: [{ ...limit('p', 'server', 9), increment_from: 'args.amount' }, limit('o', 'organisation', 9)] },
    },
  });
  installation.partitionOf(grantOf(0)).grant({ grant_id: grantOf(0), server_id: 'mail' });
  const ids = installation.partitions[0]!;
  const verdict = (fields: object): string => installation.run(decideInSteps(ids.command({ grant: grantOf(0), ...fields }), [])).event.verdict;
  expect([
    verdict({ args: { bad: true } }), verdict({ args: { big: true } }), verdict({ tool: 'hidden' }), verdict({ tool: 'unlisted' }), verdict({ tool: 'pay' }),
    verdict({ tool: 'pay', args: { amount: 10 } }), verdict({ argsText: '[]' }),
  ]).toEqual(['DENY', 'APPROVAL_REQUIRED', 'DENY', 'DENY', 'DENY', 'DENY', 'DENY']);
  const reservations = (): number => installation.events().filter(({ event }) => event.type === 'QuotaReserved').length;
  expect(reservations()).toBe(0);
  expect(verdict({})).toBe('ALLOW');
  expect(verdict({})).toBe('RATE_LIMITED');
  expect(verdict({ dry_run: true })).toBe('RATE_LIMITED');
  expect(reservations()).toBe(2);
});

test('an organisation\'s counters are its own, and so are those of a server of the same name', () => {
  const installation = installed([limit('s', 'server', 1), limit('o', 'organisation', 1)]);
  const [ids] = installation.partitions;
  const other = grantOf(9);
  for (const partition of installation.partitions) {
    partition.apply({ type: 'SetPolicyVersion', registry_offset: 1_000, organisation: 'another', policy_id: 'main', version: [...partition.policies.keys()][0]! });
  }
  installation.partitionOf(other).grant({ grant_id: other, organisation: 'another', server_id: 'mail' });
  const verdict = (grant: string, organisation: string): string => installation.run(decideInSteps(ids!.command({ grant, caller: { ...CALLER, organisation } }), [])).event.verdict;
  expect([verdict(grantOf(0), 'default'), verdict(grantOf(1), 'default'), verdict(other, 'another'), verdict(other, 'another')]).toEqual(['ALLOW', 'RATE_LIMITED', 'ALLOW', 'RATE_LIMITED']);
});
