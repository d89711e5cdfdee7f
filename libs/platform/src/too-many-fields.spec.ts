import type { ServiceDefinition } from '@grpc/proto-loader';
import { packageDefinition } from '#contracts';
import { MALFORMED_REQUEST, markMalformedRequests } from './malformed-request.js';

const { DecideStream } = markMalformedRequests(packageDefinition)['docket.decision.v1.DecisionService'] as ServiceDefinition;
const read = (bytes: Buffer): unknown => DecideStream!.requestDeserialize(bytes);
const written = (calls: readonly object[]): Buffer => DecideStream!.requestSerialize({ calls });
const empty = (count: number): Buffer => Buffer.alloc(2 * count, Buffer.from([0x0a, 0]));

it('does not parse a message of very many parts, which would take seconds and gigabytes', () => {
  expect(read(empty(4_000_000))).toBe(MALFORMED_REQUEST);
  expect(read(empty(10_000))).toMatchObject({ calls: { length: 10_000 } });
});

it.each([
  ['a number', '1080808080808080808001'], ['eight bytes', '110102030405060708'], ['four bytes', '1501020304'], ['a group', '1b08011c'], ['a text', '120361626c'],
])('is not led astray by %s that nobody knows', (_name, field) => {
  expect(read(Buffer.concat([Buffer.from(field, 'hex'), empty(20_000)]))).toBe(MALFORMED_REQUEST);
});

it.each([['a length', '12808080808000'], ['a tag', '90808080808000']])('does not take %s that is longer than any encoder writes it', (_name, field) => {
  expect(read(Buffer.concat([Buffer.from(field, 'hex'), empty(20_000)]))).toBe(MALFORMED_REQUEST);
});

it('counts each of the values that one field holds', () => {
  const { IssueCredential } = markMalformedRequests(packageDefinition)['docket.registry.v1.RegistryService'] as ServiceDefinition;
  const roles = Buffer.concat([Buffer.from('1280ea30', 'hex'), Buffer.alloc(800_000, 1)]);
  expect(IssueCredential!.requestDeserialize(roles)).toBe(MALFORMED_REQUEST);
});

it('parses messages that are large for another reason', () => {
  const calls = Array.from({ length: 512 }, (_, index) => ({ callId: `c${index}`, tool: 'a.b', arguments: Buffer.alloc(10_000, 0x0a) }));
  expect(read(written(calls))).toMatchObject({ calls: { length: 512, 511: { callId: 'c511' } } });
});
