import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Judge, findHead, headPublicKey, isSignedBy, sha256, signedText } from '#ledger';
import { EXAMPLE_KEY, example } from './example.fixture.js';
import { proofText } from './proof-file.js';

const ROOT = join(import.meta.dirname, '../../..');
const FORMAT = join(ROOT, 'docs/proof-format.md');
const EXAMPLE = join(ROOT, 'docs/proof-example.json');
const GOLDEN = join(ROOT, 'libs/ledger/events/ledger.HeadSigned.v1.json');
const TP = { topic: 'docket.decisions', partition: 3 };

if (process.env['UPDATE_EXAMPLE'] === '1') writeFileSync(EXAMPLE, proofText(example().proof));

test('the proof that is shown in the documents is what Docket writes', () => {
  expect(readFileSync(EXAMPLE, 'utf8')).toBe(proofText(example().proof));
});

test('every value of the worked example is the one in the text', () => {
  const text = readFileSync(FORMAT, 'utf8');
  const { records, root, signed, proof } = example();
  expect(text).toContain(signed.split('\n').map((line) => (line === '' ? '' : `    ${line}`)).join('\n'));
  const values = [...records.slice(0, 5).map((record) => sha256(record)), root, EXAMPLE_KEY.id, EXAMPLE_KEY.publicKey.toString('base64'), EXAMPLE_KEY.publicKey.toString('hex'), ...proof.call.path, findHead(records[5]!, TP)!.signature];
  expect(values.filter((value) => !text.includes(value))).toEqual([]);
});

test('a signed head that was written once is readable for ever, and its signature good', () => {
  const golden = readFileSync(GOLDEN, 'utf8').trimEnd();
  const head = findHead(Buffer.from(golden), TP)!;
  expect(isSignedBy(head, headPublicKey(EXAMPLE_KEY.publicKey))).toBe(true);
  expect(signedText(head).toString()).toBe(example().signed);
  expect(golden).toBe(example().records[5]!.toString());
  const judge = new Judge(TP.topic, TP.partition);
  expect(example().records.map((value, offset) => judge.judge({ offset, value, key: null, timestampMs: 0 }).kind)).toEqual(['claim', 'event', 'event', 'event', 'void', 'signed_head']);
});

test('the verifier in the documents, in another language, says the same', () => {
  const [program] = /```python\n([\s\S]*?)```/.exec(readFileSync(FORMAT, 'utf8'))!.slice(1);
  const ran = spawnSync('python3', ['-c', program!, EXAMPLE, EXAMPLE_KEY.publicKey.toString('hex')], { encoding: 'utf8' });
  if (ran.error !== undefined) {
    process.stdout.write('python3 is not here: the verifier in docs/proof-format.md was not run\n');
    return;
  }
  expect([ran.stderr, ran.stdout]).toEqual(['', expect.stringContaining('proven')]);
  const wrong = spawnSync('python3', ['-c', program!, EXAMPLE, '00'.repeat(32)], { encoding: 'utf8' });
  expect(wrong.status).not.toBe(0);
});
