import { Metadata } from '@grpc/grpc-js';
import { EPOCH_KEY, OWNER_KEY, PARTITION_KEY, PARTITIONS_KEY } from '#contracts';

/** Who owns a partition, as far as is known here: docket.decision.v1.Owner. */
export interface OwnerNote {
  /** host:port. */
  readonly address: string;
  readonly partition: number;
  /** How many there are. */
  readonly partitions: number;
  /** 0: not known. */
  readonly epoch: number;
}

const TRAILERS = Symbol('trailing metadata of a unary answer');

/** Adds trailing metadata to the answer of a unary call, OK or not. It is not to be changed afterwards: answers share it. */
export function setTrailers(call: object, trailers: Metadata): void {
  (call as { [TRAILERS]?: Metadata })[TRAILERS] = trailers;
}

export function trailersOf(call: object): Metadata | undefined {
  return (call as { [TRAILERS]?: Metadata })[TRAILERS];
}

/** The trailing metadata that names an owner. */
export function ownerTrailers({ address, partition, partitions, epoch }: OwnerNote): Metadata {
  const trailers = new Metadata();
  trailers.set(OWNER_KEY, address);
  trailers.set(PARTITION_KEY, String(partition));
  trailers.set(PARTITIONS_KEY, String(partitions));
  if (epoch > 0) trailers.set(EPOCH_KEY, String(epoch));
  return trailers;
}

/** The owner's address that an answer's metadata names; undefined without one. */
export function ownerIn(metadata: Metadata): string | undefined {
  const [text] = metadata.get(OWNER_KEY);
  return typeof text === 'string' && text.length <= 256 ? text : undefined;
}

/** The epoch that metadata names, of a call handed on or of its answer; 0 without one. */
export function epochIn(metadata: Metadata): number {
  const [text] = metadata.get(EPOCH_KEY);
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
