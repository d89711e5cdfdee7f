import fc from 'fast-check';
import { encodeEvent, KEEP_ALIVE, SseDecoder, SseError } from '#mcp';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

test('events are read however the stream is cut into pieces', () => {
  const event = fc.record({ id: fc.option(fc.stringMatching(/^[a-z0-9/]{1,8}$/), { nil: undefined }), data: fc.jsonValue().map((value) => JSON.stringify(value)) }, { requiredKeys: ['data'] });
  fc.assert(fc.property(fc.array(event, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (events, cuts) => {
    const stream = bytes(events.map((each) => `${encodeEvent(each.id === undefined ? { data: each.data } : { id: each.id, data: each.data })}${KEEP_ALIVE}`).join(''));
    const decoder = new SseDecoder(100_000);
    const read = [];
    for (let at = 0, n = 0; at < stream.length; n++) {
      const size = cuts[n % cuts.length]!;
      read.push(...decoder.push(stream.subarray(at, at + size)));
      at += size;
    }
    let lastId: string | undefined;
    expect(read.map(({ data, id }) => ({ data, id }))).toEqual(events.map(({ data, id }) => ({ data, id: (lastId = id ?? lastId) })));
  }), { numRuns: 200 });
});

test.each(['\n', '\r', '\r\n'])('a line may end with %j, cut anywhere', (end) => {
  const stream = bytes(['\ufeffevent: other', 'data: a', 'data:b', ': comment', 'id: 7', 'retry: 250', 'unknown: x', '', 'data', '', ''].join(end));
  for (let cut = 0; cut <= stream.length; cut++) {
    const decoder = new SseDecoder(1_000);
    expect([...decoder.push(stream.subarray(0, cut)), ...decoder.push(stream.subarray(cut))]).toEqual([{ event: 'other', data: 'a\nb', id: '7', retryMs: 250 }, { event: 'message', data: '', id: '7', retryMs: undefined }]);
  }
});

test('an event without an end is given up at the bound, in one line or in many, and comments do not count', () => {
  expect(() => new SseDecoder(100).push(bytes(`data: ${'x'.repeat(200)}`))).toThrow(SseError);
  expect(() => {
    const decoder = new SseDecoder(100);
    for (let n = 0; n < 50; n++) decoder.push(bytes('data: xxxx\n'));
  }).toThrow(SseError);
  const patient = new SseDecoder(100);
  for (let n = 0; n < 100; n++) expect(patient.push(bytes(KEEP_ALIVE))).toEqual([]);
  expect(() => patient.push(new Uint8Array([0xc3, 0x28]))).toThrow(SseError);
});

test('what is written has one line of data, and an id and a retry where there are any', () => {
  expect(encodeEvent({ data: '{"a":1}' })).toBe('data: {"a":1}\n\n');
  expect(encodeEvent({ id: 's/1', data: '', retryMs: 1000 })).toBe('id: s/1\nretry: 1000\ndata:\n\n');
});
