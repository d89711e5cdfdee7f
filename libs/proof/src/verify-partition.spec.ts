import fc from 'fast-check';
import { DocketError } from '#errors';
import { MerkleTree, Judge, parseSignedHead, signedText, type EventLog, type HeadKey, type LogRecord } from '#ledger';
import { faultText } from './fault.js';
import { TrustedKeys } from './trusted-keys.js';
import { verifyPartition } from './verify-partition.js';
import { KEY, OTHER_KEY, TP, envelope, forged, hashOf, recordsOf, verify, writtenLog, type WrittenLog } from './written-log.fixture.js';

let written: WrittenLog;
let values: readonly Uint8Array[];
beforeAll(async () => {
  written = await writtenLog();
  values = written.records.map(({ value }) => value);
});

const kindOf = (offset: number): string => {
  const parsed = envelope.parse(values[offset]!);
  return parsed.kind === 'event' ? parsed.encoded.type : parsed.kind;
};
const faultOf = async (changed: readonly Uint8Array[], more?: Parameters<typeof verify>[1]) => (await verify(recordsOf(changed), more)).fault;
const flipped = (value: Uint8Array, index: number, bit: number): Uint8Array => {
  const copy = Buffer.from(value);
  copy[index]! ^= 1 << bit;
  return copy;
};

test('a log as it was written is sound, whatever strangers left in it', async () => {
  const { fault, summary, receipts, copies } = await verify(written.records, written);
  expect(fault).toBeUndefined();
  expect({ receipts, copies }).toEqual({ receipts: written.receipts.length, copies: 3 });
  expect(summary).toMatchObject({ claims: 3, signedHeads: 3, voids: 2, records: values.length, signedThrough: values.length - 1 });
});

test('any byte of any record that is another one is found, and the record is named', async () => {
  const all = values.flatMap((value, offset) => Array.from(value, (_, index) => ({ offset, index })));
  const wide: string[] = [];
  await fc.assert(fc.asyncProperty(fc.constantFrom(...all), fc.integer({ min: 0, max: 7 }), async ({ offset, index }, bit) => {
    const fault = await faultOf(values.map((value, at) => (at === offset ? flipped(value, index, bit) : value)));
    const what = `bit ${bit} of byte ${index} of the ${kindOf(offset)} at ${offset}: ${fault === undefined ? 'not found' : faultText(fault)}`;
    expect([what, fault !== undefined && fault.offset <= offset && offset <= (fault.throughOffset ?? fault.offset)]).toEqual([what, true]);
    if (fault?.throughOffset !== undefined) wide.push(what);
  }), { numRuns: 500 });
  // Mostly it is one record that is named: only around claims, of which there are many here, the chain does not tell which.
  expect(wide.length).toBeLessThan(200);
});

test('a record that is dropped, put in twice, or changes places with its neighbour is found where it was', async () => {
  for (let at = 0; at < values.length; at += 1) {
    const near = (offset: number | undefined, through: number | undefined): boolean => offset !== undefined && offset <= at + 1 && (through ?? offset) >= at;
    const dropped = await faultOf(values.filter((_, offset) => offset !== at));
    // The last signed head by itself: nothing in the log says that there was one.
    if (at < values.length - 1) expect([`dropped ${at}`, near(dropped?.offset, dropped?.throughOffset)]).toEqual([`dropped ${at}`, true]);
    expect((await faultOf(values.filter((_, offset) => offset !== at), { copies: written.copies }))?.topic).toBe(TP.topic);
    if (at === values.length - 1) continue;
    // A copy counts nowhere; right before the last signed head, which does not cover that place, only where that one stood tells.
    const twice = await faultOf(values.flatMap((value, offset) => (offset === at ? [value, value] : [value])), at === values.length - 2 ? written : {});
    expect([`twice ${at}`, twice !== undefined && twice.offset <= at + 2]).toEqual([`twice ${at}`, true]);
    const swapped = await faultOf(values.map((_, offset) => values[offset === at ? at + 1 : offset === at + 1 ? at : offset]!));
    const isSame = Buffer.compare(values[at]!, values[at + 1]!) === 0;
    if (!isSame) expect([`swapped ${at} ${swapped && faultText(swapped)}`, near(swapped?.offset, swapped?.throughOffset)]).toEqual([`swapped ${at} ${swapped && faultText(swapped)}`, true]);
  }
});

test('a forged event that continues the chain is found where it was put in', async () => {
  for (const at of [2, 3, 8]) {
    const judge = new Judge(TP.topic, TP.partition);
    recordsOf(values.slice(0, at)).forEach((record) => judge.judge(record));
    const { epoch, sequence, head, timeMs } = judge.resume;
    const event = envelope.encodeEvent({ type: 'docket.test.Noted.v1', subject: 'note', data: { text: 'forged' } }, epoch, sequence + 1, head, timeMs);
    const fault = await faultOf([...values.slice(0, at), event, ...values.slice(at)]);
    expect(fault).toMatchObject({ offset: at });
  }
});

test('a tail that was cut off is found by a signed head or a receipt that was kept outside', async () => {
  for (let length = 1; length < values.length; length += 1) {
    const cut = values.slice(0, length);
    expect(await faultOf(cut, { copies: written.copies })).toMatchObject({ kind: 'cut', offset: length });
    const isReceiptGone = written.receipts.some(({ offset }) => offset >= length);
    const byReceipt = await faultOf(cut, { receipts: written.receipts });
    expect(byReceipt?.kind).toBe(isReceiptGone ? 'cut' : undefined);
    if (isReceiptGone) expect(byReceipt!.offset).toBe(length);
  }
});

/** A log that says what is not there, as the real ones do. */
function leaky(records: readonly LogRecord[], isGone: (offset: number) => boolean, firstOffset = 0): Pick<EventLog, 'read' | 'endOffset'> {
  return {
    endOffset: async () => records.length,
    read: async (_tp, from, { maxRecords = 7 } = {}) => {
      const wanted = records.slice(from, from + Math.min(maxRecords, 7));
      const hole = wanted.find(({ offset }) => offset < firstOffset || isGone(offset))?.offset;
      if (hole === undefined) return wanted;
      const next = records.find(({ offset }) => offset > hole && offset >= firstOffset && !isGone(offset))?.offset;
      throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', message: 'not there', metadata: { offset: String(hole), first_offset: String(firstOffset), ...(next !== undefined && { next_offset: String(next) }) } });
    },
  };
}
const faultOfLeaky = async (log: Pick<EventLog, 'read' | 'endOffset'>) => (await verifyPartition({
  log, tp: TP, keys: new TrustedKeys([KEY.publicKey]), problemOf: () => undefined, receipts: [], copies: undefined, signal: new AbortController().signal, onProgress: () => undefined,
})).fault;

test('records that the log has lost are a fault where they stood: one, several, the beginning, the end', async () => {
  const { length } = values;
  for (let at = 0; at < length - 1; at += 1) {
    expect(await faultOfLeaky(leaky(written.records, (offset) => offset === at))).toEqual({ ...TP, kind: 'missing', offset: at, what: 'the record there is missing' });
  }
  expect(await faultOfLeaky(leaky(written.records, (offset) => offset >= 4 && offset < 7))).toEqual({ ...TP, kind: 'missing', offset: 4, throughOffset: 6, what: expect.stringContaining('3 records are missing') });
  expect(await faultOfLeaky(leaky(written.records, () => false, 5))).toEqual({ ...TP, kind: 'deleted', offset: 0, throughOffset: 4, what: expect.stringContaining('the beginning was deleted, the log begins at offset 5 now') });
  expect(await faultOfLeaky(leaky(written.records, (offset) => offset >= length - 3))).toEqual({ ...TP, kind: 'cut', offset: length - 3, what: expect.stringContaining('the end of the log was cut off') });
});

test('a fault is not hidden by records that are missing behind it', async () => {
  const changed = recordsOf(values.map((value, at) => (at === 2 ? flipped(value, value.length - 5, 0) : value)));
  for (const hole of [4, 5, 9]) {
    const fault = await faultOfLeaky(leaky(changed, (offset) => offset === hole));
    expect([hole, fault?.kind, fault !== undefined && fault.offset <= 2 && 2 <= (fault.throughOffset ?? fault.offset)]).toEqual([hole, 'changed', true]);
  }
});

test('an altered receipt is found, with its line', async () => {
  for (const [index, receipt] of written.receipts.entries()) {
    const wrong = { ...receipt, hash: hashOf(written.records[0]!) };
    const receipts = written.receipts.map((one, at) => (at === index ? wrong : one));
    expect(await faultOf(values, { receipts })).toMatchObject({ kind: 'receipt', offset: receipt.offset, what: expect.stringContaining(`line ${receipt.line} `) });
    // One for a record that is no event, or counts nowhere.
    expect(await faultOf(values, { receipts: [{ ...receipt, offset: 0 }] })).toMatchObject({ kind: 'receipt', offset: 0 });
  }
});

/** Signs a head over records that were written anew. */
function resigned(key: HeadKey): (head: LogRecord, before: readonly LogRecord[]) => Uint8Array {
  let previous = '0'.repeat(64);
  return (record, before) => {
    const parsed = envelope.parse(record.value);
    if (parsed.kind !== 'event') throw new Error('no event');
    const old = parseSignedHead(parsed.encoded.data)!;
    const judge = new Judge(TP.topic, TP.partition);
    const tree = new MerkleTree();
    for (const one of before) {
      const { kind } = judge.judge(one);
      if (one.offset >= old.from) tree.add(judge.lastHash!, kind !== 'void');
    }
    const { public_key: _key, signature: _signature, ...rest } = old;
    const first = before.findLast(({ value }) => envelope.parse(value).kind === 'event' && Buffer.from(value).includes('HeadSigned'));
    previous = first === undefined ? previous : hashOf(first);
    const statement = { ...rest, head: judge.resume.head, root: tree.root(), previous, key_id: key.id };
    const data = { ...statement, public_key: key.publicKey.toString('base64'), signature: key.sign(signedText(statement)).toString('base64') };
    return envelope.encodeEvent({ ...parsed.encoded, data }, parsed.epoch, judge.resume.sequence + 1, judge.resume.head, parsed.timeMs);
  };
}

test('a chain that was written anew is found by its signatures: with another key, or without the key', async () => {
  const byOther = forged(written.records, 2, resigned(OTHER_KEY));
  expect((await verify(byOther)).fault).toMatchObject({ kind: 'head', offset: 5, what: expect.stringContaining('none of the keys that are trusted') });
  // Nobody has brought a key: then it is a log of one piece, and whose it is cannot be said.
  expect((await verify(byOther, { keys: new TrustedKeys(undefined) })).fault).toBeUndefined();
  const unsigned = forged(written.records, 2, ({ value }) => value);
  expect((await verify(unsigned)).fault?.offset).toBeLessThanOrEqual(5);
  // Its own key id over another signature.
  const lying = forged(written.records, 2, resigned({ ...OTHER_KEY, id: KEY.id, publicKey: KEY.publicKey }));
  expect((await verify(lying)).fault).toMatchObject({ kind: 'head', offset: 5, what: expect.stringContaining('signature') });
});

test('a chain that was written anew and signed with the true key is found by heads kept outside, or receipts', async () => {
  for (const at of [2, 8]) {
    const anew = forged(written.records, at, resigned(KEY));
    expect((await verify(anew)).fault).toBeUndefined();
    const fault = (await verify(anew, { copies: written.copies })).fault;
    expect(fault).toMatchObject({ kind: 'copy', what: expect.stringContaining('were rewritten') });
    expect(fault!.offset).toBeLessThanOrEqual(at);
    expect(fault!.throughOffset).toBeGreaterThanOrEqual(at);
    expect((await verify(anew, { receipts: written.receipts })).fault).toMatchObject({ kind: 'receipt', offset: at });
  }
});

test('copies that are kept twice, out of order or of a later time are no faults; one that is not signed is', async () => {
  const { copies } = written;
  expect(await faultOf(values, { copies: [copies[0]!, copies[0]!, copies[2]!, copies[1]!, copies[2]!] })).toBeUndefined();
  expect(await faultOf(values, { copies: [{ ...copies[0]!, head: { ...copies[0]!.head, to: 4, tree_size: 4 } }] })).toMatchObject({ kind: 'copy', offset: copies[0]!.offset });
});

test('records from the middle of a log are checked from where somebody stood before them', async () => {
  const judge = new Judge(TP.topic, TP.partition);
  const resumes = written.records.map((record) => {
    judge.judge(record);
    return judge.resume;
  });
  for (let from = 1; from < values.length; from += 1) {
    const rest = written.records.slice(from);
    const options = {
      log: { read: async (_: unknown, offset: number) => rest.slice(offset - from, offset - from + 5), endOffset: async () => values.length }, tp: TP, keys: new TrustedKeys([KEY.publicKey]), problemOf: () => undefined,
      receipts: [], start: resumes[from - 1]!, signal: new AbortController().signal, onProgress: () => {},
    };
    const copies = { async *[Symbol.asyncIterator]() { yield* written.copies; } };
    expect((await verifyPartition({ ...options, copies })).fault).toBeUndefined();
    const wrong = { ...options, start: { ...options.start, head: '1'.repeat(64) } };
    const { fault } = await verifyPartition({ ...wrong, copies: undefined });
    if (from < values.length - 1) expect(fault?.offset).toBeLessThan(values.length);
  }
});
