import { z } from 'zod';
import { assign, type MemberView } from '../membership/assign.js';
import type { NodeIdentity, Place } from '../membership/membership.js';
import { MemberAssignment, MemberMetadata } from './kafkajs-protocol.js';

const partitions = z.array(z.number().int().nonnegative()).max(10_000);
const claim = z.object({
  node: z.string().max(256), address: z.string().max(256),
  topics: z.record(z.string().max(249), z.object({ partitions: z.number().int().positive().max(10_000), owned: partitions, standing: partitions })),
});
/** By topic, one entry a partition: owner, standby, who had it before; as places in `members`, -1 for nobody. */
const table = z.object({
  members: z.array(z.object({ id: z.string(), node: z.string(), address: z.string() })),
  topics: z.record(z.string(), z.array(z.tuple([z.number().int(), z.number().int(), z.number().int()]))),
});

export type GroupTable = z.infer<typeof table>;

/** What a member says of itself when it joins. */
export function encodeMember(self: Omit<MemberView, 'id'>): Buffer {
  const { node, address, topics } = self;
  return MemberMetadata.encode({ version: 0, topics: Object.keys(topics), userData: Buffer.from(JSON.stringify({ node, address, topics })) });
}

/** undefined for a member that does not speak our language: it gets nothing. */
function decodeMember(id: string, metadata: Buffer): MemberView | undefined {
  try {
    return { id, ...claim.parse(JSON.parse(String(MemberMetadata.decode(metadata).userData))) };
  } catch {
    return undefined;
  }
}

/** The whole table for each member, as bytes for the group's coordinator. */
export function encodeAssignments(joined: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]): { memberId: string; memberAssignment: Buffer }[] {
  const members = joined.flatMap(({ memberId, memberMetadata }) => decodeMember(memberId, memberMetadata) ?? []);
  const assigned = assign(members);
  const place = new Map(members.map(({ id }, at) => [id, at]));
  const at = (id: string | null): number => (id === null ? -1 : place.get(id) ?? -1);
  const whole: GroupTable = {
    members: members.map(({ id, node, address }) => ({ id, node, address })),
    topics: Object.fromEntries(Object.entries(assigned).map(([topic, all]) => [topic, all.map(({ owner, standby, movedFrom }) => [at(owner), at(standby), at(movedFrom)])])),
  };
  const userData = Buffer.from(JSON.stringify(whole));
  return joined.map(({ memberId }) => {
    const own = Object.entries(assigned).map(([topic, all]) => [topic, all.flatMap(({ owner }, partition) => (owner === memberId ? [partition] : []))] as const);
    return { memberId, memberAssignment: MemberAssignment.encode({ version: 0, assignment: Object.fromEntries(own), userData }) };
  });
}

/** Throws on bytes that are not such a table. */
export function decodeTable(memberAssignment: Buffer): GroupTable {
  return table.parse(JSON.parse(String(MemberAssignment.decode(memberAssignment)?.userData)));
}

/** What the table says of a topic to the member `selfId`; undefined if it does not mention the topic. */
export function placesOf({ members, topics }: GroupTable, topic: string, selfId: string): readonly Place[] | undefined {
  return topics[topic]?.map(([ownerAt, standbyAt, movedFrom]) => {
    const owner: NodeIdentity | undefined = members[ownerAt];
    const standby: NodeIdentity | undefined = members[standbyAt];
    return { share: owner?.id === selfId ? 'owner' : standby?.id === selfId ? 'standby' : 'none', owner, standby, isMoved: movedFrom >= 0 };
  });
}
