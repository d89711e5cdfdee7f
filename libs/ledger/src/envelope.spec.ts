import { Envelope, type ParsedRecord } from './envelope.js';

const envelope = new Envelope('docket.test', 3);
const prev = 'ab'.repeat(32);
const encoded = { type: 'docket.test.Happened.v1', subject: 'grant "ü"', data: { amount: '1.50', list: [1, null, true] } };
const sound = JSON.parse(envelope.encodeEvent(encoded, 2, 17, prev, 1_700_000_000_123).toString()) as Record<string, unknown>;
const parse = (changes: Record<string, unknown>): ParsedRecord => envelope.parse(Buffer.from(JSON.stringify({ ...sound, ...changes })));

describe('the envelope', () => {
  it('is CloudEvents 1.0 JSON with the ledger’s three attributes', () => {
    expect(sound).toEqual({
      specversion: '1.0', id: '2-17', source: '/docket/docket.test/3', type: 'docket.test.Happened.v1', time: '2023-11-14T22:13:20.123Z', subject: 'grant "ü"',
      datacontenttype: 'application/json', epoch: 2, seq: '17', prev, data: { amount: '1.50', list: [1, null, true] },
    });
  });

  it('reads back what it wrote', () => {
    expect(envelope.parse(envelope.encodeEvent(encoded, 2, 17, prev, 1_700_000_000_123))).toEqual({ kind: 'event', epoch: 2, sequence: 17, prev, timeMs: 1_700_000_000_123, encoded });
    const claim = { epoch: 4, nonce: '0f'.repeat(16), node: 'a', address: 'host:1' };
    expect(envelope.parse(envelope.encodeClaim(claim, 5))).toEqual({ kind: 'claim', claim });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another version', { specversion: '0.3' }],
    ['another partition', { source: '/docket/docket.test/4' }],
    ['a sequence with a leading zero', { seq: '017', id: '2-017' }],
    ['a sequence that is a number', { seq: 17 }],
    ['a sequence of zero', { seq: '0', id: '2-0' }],
    ['a sequence past exact integers', { seq: '9007199254740993', id: '2-9007199254740993' }],
    ['an id of another event', { id: '2-18' }],
    ['an epoch that is text', { epoch: '2' }],
    ['a fractional epoch', { epoch: 2.5 }],
    ['a short prev', { prev: 'ab' }],
    ['a prev in upper case', { prev: prev.toUpperCase() }],
    ['a time without milliseconds', { time: '2023-11-14T22:13:20Z' }],
    ['a time that is none', { time: 'yesterday' }],
    ['no data', { data: undefined }],
    ['no subject', { subject: undefined }],
    ['another content type', { datacontenttype: 'text/plain' }],
    ['a claim without data', { type: 'docket.ledger.PartitionClaimed.v1' }],
    ['a claim with a short nonce', { type: 'docket.ledger.PartitionClaimed.v1', id: 'claim-ab', data: { epoch: 3, nonce: 'ab', node: 'n', address: '' } }],
  ])('takes %s for malformed', (_name, changes) => {
    expect(parse(changes)).toMatchObject({ kind: 'malformed' });
  });

  it('judges a claim without a time the same whatever it read before', () => {
    const untimed = Buffer.from(envelope.encodeClaim({ epoch: 1, nonce: '0f'.repeat(16), node: 'a', address: '' }, 5).toString().replace(/"time":"[^"]*"/, '"time":""'));
    const used = new Envelope('docket.test', 3);
    used.parse(envelope.encodeEvent(encoded, 2, 17, prev, 0));
    expect([new Envelope('docket.test', 3), used].map((reader) => reader.parse(untimed).kind)).toEqual(['malformed', 'malformed']);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['bytes that are not UTF-8', Buffer.concat([envelope.encodeEvent(encoded, 2, 17, prev, 0).subarray(0, -3), Buffer.from([0xff, 0x22, 0x7d])])],
    ['cut-off JSON', envelope.encodeEvent(encoded, 2, 17, prev, 0).subarray(0, 100)],
    ['a list', Buffer.from('[1]')],
    ['null', Buffer.from('null')],
    ['very deep JSON', Buffer.from('['.repeat(100_000))],
  ])('takes %s for malformed, without throwing', (_name, bytes) => {
    expect(envelope.parse(bytes)).toMatchObject({ kind: 'malformed' });
  });
});
