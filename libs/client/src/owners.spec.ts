import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { partitionOf as partitionOfTheService } from '#ledger';
import { Owners } from './owners.js';
import { partitionOf } from './partition-of.js';

const GRANT = 'a1'.repeat(16);
const PARTITIONS = 16;
const partition = partitionOf(GRANT, PARTITIONS);
const note = (address: string, epoch = 1, more: object = {}) => ({ address, partition, partitions: PARTITIONS, epoch, ...more });
const owners = (reach: (address: string) => string | undefined = (address) => address): Owners => new Owners(reach);

it('finds the partition that the service finds', () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (grant, partitions) => {
    expect(partitionOf(grant, partitions)).toBe(partitionOfTheService(grant, partitions));
  }));
});

it('knows nobody until an answer has told, and then the owner of that partition only', () => {
  const known = owners();
  expect(known.addressOf(GRANT)).toBeUndefined();
  known.learn(note('b:1'));
  const other = ['b2', 'c3', 'd4', 'e5'].map((two) => two.repeat(16)).find((grant) => partitionOf(grant, PARTITIONS) !== partition)!;
  expect([known.addressOf(GRANT), known.addressOf(other), known.addressOf('')]).toEqual(['b:1', undefined, undefined]);
});

it('believes the later epoch, and the last answer where none is said', () => {
  const known = owners();
  known.learn(note('b:1', 7));
  known.learn(note('a:1', 6));
  expect(known.addressOf(GRANT)).toBe('b:1');
  known.learn(note('c:1', 8));
  expect(known.addressOf(GRANT)).toBe('c:1');
  known.learn(note('d:1', 0));
  expect(known.addressOf(GRANT)).toBe('d:1');
});

it('reads the trailing metadata of an answer', () => {
  const trailers = new Metadata();
  const known = owners();
  known.learnFrom(trailers);
  trailers.set('docket-owner', '10.0.0.7:7400');
  trailers.set('docket-partition', String(partition));
  trailers.set('docket-partitions', String(PARTITIONS));
  known.learnFrom(trailers);
  expect(known.addressOf(GRANT)).toBe('10.0.0.7:7400');
});

it.each([
  ['no address', note('')], ['no port', note('host')], ['words', note('drop table:x')], ['a partition beyond the last', note('b:1', 1, { partition: PARTITIONS })],
  ['no partitions', note('b:1', 1, { partitions: 0 })], ['a fraction', note('b:1', 1, { partition: 1.5 })], ['too many partitions', note('b:1', 1, { partitions: 1e9 })],
])('learns nothing from %s', (_, wrong) => {
  const known = owners();
  known.learn(wrong);
  expect(known.addressOf(GRANT)).toBeUndefined();
});

it('goes where the owner is reached from here, if it is', () => {
  const known = owners((address) => (address === 'inside:1' ? 'outside:1' : undefined));
  known.learn(note('hidden:1'));
  expect(known.addressOf(GRANT)).toBeUndefined();
  known.learn(note('inside:1'));
  expect(known.addressOf(GRANT)).toBe('outside:1');
});

it('forgets a node that is lost, and a partition that has moved', () => {
  const known = owners();
  known.learn(note('b:1'));
  known.forget('a:1');
  expect(known.addressOf(GRANT)).toBe('b:1');
  known.forget('b:1');
  expect(known.addressOf(GRANT)).toBeUndefined();
  known.learn(note('b:1'));
  known.forgetGrant(GRANT);
  expect(known.addressOf(GRANT)).toBeUndefined();
});
