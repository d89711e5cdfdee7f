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
    `### docket.${view}`, '', columns[0]![1], '', '| column | type | means |', '|---|---|---|', ...columns.map(([, , column, type, comment]) => `| \`${column}\` | ${type} | ${comment!.replaceAll('|', '\\|')} |`), '',
  ].join('\n'));
  return text.replace(/(<!-- views -->\n)[\s\S]*?(<!-- end of views -->)/, (_all, begin: string, end: string) => `${begin}\n${sections.join('\n')}\n${end}`);
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

it('has a comment in the database for every view, table and column of schema docket', async () => {
  const { rows } = await reader.query<[string, string, string]>({
    rowMode: 'array',
    text: `SELECT c.relname, coalesce(a.attname, '(itself)'), coalesce(CASE WHEN a.attnum IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END, '')
             FROM pg_class AS c LEFT JOIN LATERAL (SELECT attname, attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped UNION ALL SELECT NULL, NULL) AS a ON true
            WHERE c.relnamespace = 'docket'::regnamespace AND c.relkind IN ('v', 'r', 'm')`,
  });
  expect(new Set(rows.map(([relation]) => relation)).size).toBeGreaterThanOrEqual(10);
  expect(rows.length).toBeGreaterThan(120);
  expect(rows.filter(([, , comment]) => comment.trim() === '').map(([relation, column]) => `${relation}.${column}`)).toEqual([]);
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
