import fc from 'fast-check';
import type { approval, registry } from '#contracts';
import { Secret } from '#platform';
import type { Session } from '../sessions/sessions.js';
import { approvalPage } from './approval.page.js';
import { approvalsPage } from './approvals.page.js';
import { problemPage } from './problem.page.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const at = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: 0 }) as unknown as approval.Approval__Output['requestedAt'];
const ID = `apr_${'0'.repeat(32)}_${'1'.repeat(24)}`;

/** Every text that comes from outside, wherever it stands on a page. */
interface Texts { readonly [name: string]: string }
const NAMES = ['tool', 'agent', 'principal', 'message', 'rule', 'server', 'session', 'requestedBy', 'comment', 'subject', 'label', 'issuedBy', 'serverName', 'title', 'description', 'says', 'quote', 'source', 'finding', 'overrideBy', 'key', 'value', 'before', 'policy', 'notice', 'missing'];

function one(texts: Texts, more: Partial<approval.Approval__Output> = {}, value = texts['value']!): approval.Approval__Output {
  const args = JSON.stringify({ [`k${texts['key']}`]: value.toWellFormed(), amount: 900, list: [1, 2] });
  return {
    approvalId: ID, state: 'PENDING', grantId: '0'.repeat(32), serverId: texts['server']!, tool: texts['tool']!, rule: texts['rule']!, message: texts['message']!, argumentKeys: [texts['key']!],
    arguments: Buffer.from(args), argumentsShown: 'SHOWN', agent: texts['agent']!, principal: texts['principal']!, sessionId: texts['session']!, requestedBy: texts['requestedBy']!,
    requestedAt: at(NOW_MS - 60_000), expiresAt: at(NOW_MS + 600_000), needed: 2, approvers: [{ subject: texts['subject']!, at: at(NOW_MS - 5_000), comment: texts['comment']! }], deniedBy: null, withdrawnBy: null,
    policyId: texts['policy']!, policyVersion: 'a'.repeat(64), callId: 'c', redeemedByCallId: '', ...more,
  } as approval.Approval__Output;
}

function card(texts: Texts): approval.GetApprovalCardResponse__Output {
  const past = one(texts, { state: 'REDEEMED', approvalId: ID.replace(/1$/, '2') }, texts['before']!);
  return {
    approval: one(texts), serverName: texts['serverName']!, ruleDocument: Buffer.from(JSON.stringify({ message: texts['message']!.toWellFormed() })), likeIt: [past], lastApproved: past, historyMissing: texts['missing']!,
    grant: { label: texts['label']!, issuedBy: texts['issuedBy']!, issuedAt: at(NOW_MS), expiresAt: at(NOW_MS + 1e9), revokedAt: null },
    tool: {
      state: 'CHANGED', title: texts['title']!, description: texts['description']!, overrideClass: 'FINANCIAL', overrideBy: texts['overrideBy']!,
      risk: { riskClass: 'WRITE', severity: 'medium', confidence: 'low', evidence: [{ source: texts['source']!, pointer: '', quote: texts['quote']!, says: texts['says']! }], findings: [{ code: '', pointer: '', message: texts['finding']! }], privateData: false, untrustedContent: false, outsideCommunication: false, rulesVersion: 1 } as registry.Risk__Output,
    },
    amounts: [{ argument: 'args.amount', counter: 'spend', window: 'month', calls: 3, smallest: '1', median: '2', largest: '30' }], calls: [{ verdict: 'ALLOW', calls: 12 }],
  } as approval.GetApprovalCardResponse__Output;
}

function session(texts: Texts): Session {
  return { credential: new Secret('dk_secret'), credentialId: 'x', subject: texts['subject']!, organisation: 'default', roles: ['APPROVER'], formToken: 'token', startedAtMs: 0, lastSeenMs: 0, notice: undefined };
}

const pagesOf = (texts: Texts): string[] => {
  const shared = { session: session(texts), notice: { kind: 'refused' as const, text: texts['notice']! }, nowMs: NOW_MS };
  return [
    approvalPage({ ...shared, card: card(texts), comment: texts['comment']! }),
    approvalsPage({ ...shared, pending: [one(texts)], approved: [one(texts, { approvalId: ID.replace(/1$/, '3') })], nextPageToken: texts['value']! }),
    String(problemPage(404, 'No such page', texts['notice']!, session(texts)).body),
  ];
};

/** Tags in their order, without the marks that spell out what cannot be seen and the words that say what is left out: those depend on the text, by our own doing. */
function tagsOf(html: string): string[] {
  return [...html.replace(/<small class="left-out">.*?<\/small>/g, '').matchAll(/<(?:[a-zA-Z/!?][^>]*)?>?/g)].map(([tag]) => tag).filter((tag) => !/^<\/?(?:mark|em)\b/.test(tag)).map((tag) => tag.replace(/ (?:value|href|title|class)="[^"]*"/g, ''));
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x", '</title></style></textarea></noscript><svg onload=x>', '<!--', ']]>', '&lt;b&gt;', '\u202eevil\u202c', '\0', 'javascript:alert(1)', '{{7*7}}', '</code></pre><form action=//example.com>'),
);
const texts = fc.record(Object.fromEntries(NAMES.map((name) => [name, hostile])));
const PLAIN: Texts = Object.fromEntries(NAMES.map((name) => [name, `x${name}`]));

it('no text from outside ever becomes markup: whatever it is, a page has the same elements', () => {
  const skeleton = pagesOf(PLAIN).map(tagsOf);
  expect(skeleton.every((tags) => tags.length > 20)).toBe(true);
  fc.assert(fc.property(texts, (found) => {
    // Empty texts leave facts out, and a subject that is who asks may not approve: another page, and not what is looked at here.
    const filled = { ...Object.fromEntries(Object.entries(found).map(([name, text]) => [name, `x${text}`])), subject: `xsubject${found['subject']}`, before: `y${found['before']}` };
    pagesOf(filled).forEach((html, i) => expect(tagsOf(html)).toEqual(skeleton[i]));
  }), { numRuns: 25 });
});

it('has no inline script, style or handler, and loads nothing from elsewhere', () => {
  for (const html of pagesOf(PLAIN)) {
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect([...html.matchAll(/<script[^>]*>([^<]*)/g)].map(([, inner]) => inner)).toEqual(['']);
    expect([...html.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, to]) => to).filter((to) => !/^[/#]/.test(to!) || to!.startsWith('//'))).toEqual([]);
    expect(html).not.toContain('dk_secret');
  }
});

it('tells on the card, in this order: who, what, the exact arguments, why, how much, the history, and what happens on time-out', () => {
  const [html] = pagesOf(PLAIN);
  const ids = [...html!.matchAll(/<section [^>]*id="([a-z-]+)"/g)].map(([, id]) => id);
  expect(ids).toEqual(['who', 'what', 'arguments', 'why', 'blast-radius', 'history', 'time-out', 'decision']);
  const said = html!.replace(/<[^>]*>/g, '');
  for (const text of ['xagent', 'xprincipal', 'xlabel', 'xtool', 'xserver', 'financial', 'xsays', 'xvalue', 'xbefore', 'xmessage', 'xrule', 'aaaaaaaaaaaa', '30 times the largest', 'approved and used', '1 of 2 people have approved', 'xcomment', 'refused, as if it had been denied', '10 min left']) expect(said).toContain(text);
});

it('spells out characters that cannot be seen, and keeps each text’s direction to itself', () => {
  const [html] = pagesOf({ ...PLAIN, value: 'pay\u202egpj.exe\u200b', tool: 'get\u2066x' });
  expect(html).toContain('⟨U+202E⟩</mark>');
  expect(html).toContain('⟨U+200B⟩</mark>');
  expect(html).toContain('⟨U+2066⟩');
  expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/);
});

it('shortens a text of a mebibyte, says so, and says where all of it is', () => {
  const [html] = pagesOf({ ...PLAIN, value: 'v'.repeat(1024 * 1024), description: 'd'.repeat(4_000) });
  expect(html!.length).toBeLessThan(60_000);
  expect(html).toContain('1,048,576 characters in all');
  expect(html).toContain(`href="/approvals/${ID}/arguments"`);
});

it('says in a list nothing but what there is to do next when nothing waits', () => {
  const html = approvalsPage({ session: session(PLAIN), pending: [], approved: [], nextPageToken: '', notice: undefined, nowMs: NOW_MS });
  expect(html).toContain('Nothing waits for you');
  expect(html).toContain('approve_if');
});

it('offers nobody to approve his own call, what he approved already, or what has ended', () => {
  const me = { ...session(PLAIN), subject: 'me' };
  const shown = (more: Partial<approval.Approval__Output>, as = me) => approvalPage({ session: as, card: { ...card(PLAIN), approval: one(PLAIN, more) }, notice: undefined, nowMs: NOW_MS });
  const buttons = (html: string) => [...html.matchAll(/value="([a-z]+)" class="[a-z]+" name="decision"/g)].map(([, value]) => value);
  expect(buttons(shown({}))).toEqual(['approve', 'deny']);
  expect(buttons(shown({ requestedBy: 'me' }))).toEqual(['deny']);
  expect(buttons(shown({ principal: 'me' }))).toEqual(['deny']);
  expect(buttons(shown({ approvers: [{ subject: 'me', at: null, comment: '' }] }))).toEqual(['deny']);
  expect(buttons(shown({ state: 'APPROVED' }))).toEqual(['deny']);
  expect(buttons(shown({ state: 'REDEEMED' }))).toEqual([]);
  expect(buttons(shown({}, { ...me, roles: ['AUDITOR'] }))).toEqual([]);
});
