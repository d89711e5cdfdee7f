import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startThrowawayPostgres } from '#local-services';
import type { ThrowawayPostgres } from '#local-services';
import { History, PARTITIONS, TOPIC } from './history.fixture.js';
import { project } from './project.fixture.js';
import { psqlTable } from './psql-table.js';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'analysts.md');
const HINT = 'UPDATE_DOCS=1 npm test -- test/docs/analysts writes the document anew';
/** The longest line that does not wrap on a page. */
const WIDTH_MAX = 140;

/** Columns that mean the same wherever they are, unless the view says more. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  grant_id: 'The grant that the call was made with.', organisation: 'The tenant.', server_id: 'The server that the grant is for.', tool: 'Name of the tool that was to be called.',
  agent: 'The agent, as the gateway said.', principal: 'Whom the agent worked for, as the gateway said.', session_id: 'The session, as the gateway said.', call_id: 'The caller\u2019s id of the call.',
  rule: 'JSON pointer of the deciding rule in the normalised policy.', policy_id: 'Name of the policy.', policy_version: 'Content hash of the policy document that was in force.',
  log_partition: 'With `log_offset`: where the event stands in its topic.', log_offset: 'See `log_partition`.', verdict: 'ALLOW, DENY, RATE_LIMITED or APPROVAL_REQUIRED.',
  counter: 'The counter\u2019s name in the policy.', scope: 'grant, session or agent: who shares the counter.', time_window: 'Length of the window: seconds (60s), week or month.', sliding: 'Whether the window slides with the clock.',
};
const HERE: Readonly<Record<string, string>> = {
  'approvals.approval_id': 'Its id, which agents and approvers are given.', 'approvals.requested_at': 'When the call asked for it.', 'approvals.expires_at': 'When it ends by itself.',
  'approvals.decided_comment': 'What was written beside that decision.', 'approvals.decided_at': 'When that was.', 'approvals.redeemed_at': 'When that was.',
  'grants.grant_id': 'Its id: the part of the token that is no secret.', 'grants.label': 'What it is for, in its issuer\u2019s words.', 'grants.issued_by': 'Subject of the credential.', 'grants.issued_at': 'When it was issued.',
  'grants.revoked_by': 'Subject of the credential; null if it is not revoked.', 'grants.revoked_at': 'When it was revoked.', 'grants.erased_by': 'Subject of the credential; null if it was not erased.', 'limit_charges.charged_at': 'Event time of the call.',
  'limit_windows.remaining': 'What is left of `limit_max`; never below zero.', 'limit_windows.first_at': 'Event time of the first charge.',
  'policies.in_force': 'Whether it is what calls are judged by now.', 'policies.published_by': 'Subject of the credential.', 'policies.published_at': 'When it came into force.',
  'projections.projection': 'Its name, which is the view\u2019s.', 'projections.version': 'Which way from events to rows.', 'projections.state': 'live: shown by the view; building: being filled beside it.',
  'projections.topic': 'The part of the log it reads.', 'projections.records_read': 'Over all partitions.', 'projections.newest_event_at': 'Event time of the newest event in the rows.',
  'projections.moved_at': 'When rows were last written.', 'projections.stopped_partition': 'With `stopped_offset`: the event it cannot apply. Null while it runs.', 'projections.stopped_offset': 'See `stopped_partition`.',
  'projections.stopped_reason': 'Why it cannot.', 'projections.table_name': 'The table behind the view.', 'servers.name': 'For people.', 'servers.registered_by': 'Subject of the credential.', 'servers.registered_at': 'When it was registered.',
};

let postgres: ThrowawayPostgres;
let reader: pg.Client;

beforeAll(async () => {
  postgres = await startThrowawayPostgres();
  const url = await postgres.createDatabase();
  await project(await History.play(), url);
  reader = new pg.Client({ connectionString: url, types: { getTypeParser: () => (text: string) => text } as never });
  await reader.connect();
  // What an analyst's login may do, and where his clock is.
  await reader.query(`SET ROLE docket_reader; SET TimeZone = 'UTC'; SET default_transaction_read_only = on`);
}, 300_000);

afterAll(async () => {
  await reader.end();
  await postgres.stop();
}, 300_000);

/** Every SQL block of the text with what this database answers, in place of the block that follows it. */
async function answered(text: string): Promise<string> {
  const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```\n\n```text\n[\s\S]*?```\n/g)];
  const answers = new Map<string, string>();
  for (const [block, sql] of blocks) {
    const result = await reader.query<(string | null)[]>({ text: sql!, rowMode: 'array' });
    answers.set(block, `\`\`\`sql\n${sql}\`\`\`\n\n\`\`\`text\n${psqlTable(result)}\`\`\`\n`);
  }
  return text.replaceAll(/```sql\n[\s\S]*?```\n\n```text\n[\s\S]*?```\n/g, (block) => answers.get(block)!);
}

/** The views and their columns, as the database describes them. */
async function described(text: string): Promise<string> {
  const { rows } = await reader.query<[string, string, string, string, string]>({
    rowMode: 'array',
    text: `SELECT c.relname, obj_description(c.oid, 'pg_class'), a.attname, format_type(a.atttypid, a.atttypmod), coalesce(col_description(c.oid, a.attnum), '')
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'docket'::regnamespace AND c.relkind = 'v' ORDER BY c.relname, a.attnum`,
  });
  const views = Map.groupBy(rows, ([view]) => view);
  const sections = [...views].map(([view, columns]) => [
    `### docket.${view}`, '', columns[0]![1], '', '| column | type | means |', '|---|---|---|', ...columns.map(([, , column, type, comment]) => `| \`${column}\` | ${type} | ${meaning(view, column!, comment!)} |`), '',
  ].join('\n'));
  return text.replace(/(<!-- views -->\n)[\s\S]*?(<!-- end of views -->)/, (_all, begin: string, end: string) => `${begin}\n${sections.join('\n')}\n${end}`);
}

function meaning(view: string, column: string, comment: string): string {
  return (comment || HERE[`${view}.${column}`] || EVERYWHERE[column] || '').replaceAll('|', '\\|');
}

it('says of every view and column what the database says, and shows what it answers to ten questions', async () => {
  const written = readFileSync(FILE, 'utf8');
  const now = await described(await answered(written));
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, now);
  const shown = readFileSync(FILE, 'utf8');
  if (shown !== now) throw new Error(`docs/analysts.md is not what the database says now; ${HINT}\n${firstDifference(shown, now)}`);
  expect([...now.matchAll(/^### \d+\. /gm)]).toHaveLength(10);
  expect([...now.matchAll(/^```sql$/gm)].length).toBe([...now.matchAll(/^```text$/gm)].length);
  expect(now).not.toMatch(/\(0 rows\)/);
  expect(now.split('\n').filter((line) => /\|\s*\|$/.test(line))).toEqual([]);
  expect(now.split('\n').filter((line) => !line.startsWith('|') && line.length > WIDTH_MAX)).toEqual([]);
});

it('is made from a history that is the same whenever it is played', async () => {
  const hashes = async (history: History): Promise<string[]> => {
    const records = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => history.log.read({ topic: TOPIC, partition }, 0, { maxBytes: 64 * 1024 * 1024 })));
    return records.flat().map(({ value }) => Buffer.from(value).toString('utf8'));
  };
  const [one, another] = [await hashes(await History.play()), await hashes(await History.play())];
  expect(one.length).toBeGreaterThan(500);
  expect(another).toEqual(one);
});

function firstDifference(one: string, another: string): string {
  const [was, is] = [one.split('\n'), another.split('\n')];
  const line = is.findIndex((text, index) => text !== was[index]);
  return `line ${line + 1} is\n${was[line] ?? '(nothing)'}\nand would be\n${is[line] ?? '(nothing)'}`;
}
