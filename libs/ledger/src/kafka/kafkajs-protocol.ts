import { createRequire } from 'node:module';
import { encodeProduce, type ProduceBody } from './produce-request.js';

/**
 * The only file that knows the inside of kafkajs (pinned: 2.2.4; it has no `exports` map). Its request and response
 * codecs and its SASL mechanisms are used; its connection, cluster and producer are not, because a ledger needs what they
 * cannot give: a request that is sent once and never again (sendMessages refreshes and retries, and an error does not
 * say which partition it means), deadlines below 30 s, a socket that can be destroyed while requests are pending, and
 * reads at an explicit offset that fail when it is out of range (the consumer jumps).
 */
const require = createRequire(import.meta.url);
const { requests, lookup } = require('kafkajs/src/protocol/requests') as {
  requests: Record<string, RequestDefinition>;
  lookup: (versions: ApiVersions) => (apiKey: number, definition: RequestDefinition) => (body: unknown) => Exchange;
};
const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>;
const createRequest = require('kafkajs/src/protocol/request') as (options: {
  request: unknown; correlationId: number; clientId: string;
}) => Promise<{ buffer: Buffer }>;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode: (code: number) => { type: string; message: string } };
const SaslAuthenticator = require('kafkajs/src/broker/saslAuthenticator') as new (...args: unknown[]) => {
  sessionLifetime: string;
  authenticate(): Promise<void>;
};

interface RequestDefinition {
  readonly versions: string[];
  readonly protocol: (options: { version: number }) => (body: unknown) => Exchange;
}
interface Exchange {
  readonly request: { readonly apiKey: number };
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
}

export type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
export type SaslOptions = { readonly mechanism: string; readonly username: string; readonly password: string };

export interface FetchedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
}

/** Requests and decoded responses that are used; error codes are left in the responses, each where it belongs. */
export interface KafkaApis {
  ApiVersions: [Record<string, never>, { errorCode: number; apiVersions: { apiKey: number; minVersion: number; maxVersion: number }[] }];
  Metadata: [{ topics: string[]; allowAutoTopicCreation: false }, {
    brokers: { nodeId: number; host: string; port: number }[];
    topicMetadata: {
      topicErrorCode: number; topic: string;
      partitionMetadata: { partitionErrorCode: number; partitionId: number; leader: number; replicas: number[]; isr: number[] }[];
    }[];
  }];
  Produce: [ProduceBody, {
    topics: { topicName: string; partitions: { partition: number; errorCode: number; baseOffset: string; logAppendTime: string }[] }[];
  }];
  Fetch: [{ isolationLevel: 0; maxWaitTime: number; minBytes: number; maxBytes: number; topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[] }, {
    errorCode?: number;
    responses: { topicName: string; partitions: { partition: number; errorCode: number; highWatermark: string; messages: FetchedRecord[] }[] }[];
  }];
  ListOffsets: [{ isolationLevel: 0; topics: { topic: string; partitions: { partition: number; timestamp: -1 | -2 }[] }[] }, {
    responses: { topic: string; partitions: { partition: number; errorCode: number; offset: string }[] }[];
  }];
  CreateTopics: [{ timeout: number; topics: { topic: string; numPartitions: number; replicationFactor: number; configEntries: { name: string; value: string }[] }[] }, {
    topicErrors: { topic: string; errorCode: number; errorMessage: string | null }[];
  }];
  DescribeConfigs: [{ resources: { type: 2; name: string; configNames: string[] }[] }, {
    resources: { errorCode: number; errorMessage: string | null; resourceName: string; configEntries: { configName: string; configValue: string | null }[] }[];
  }];
  GroupCoordinator: [{ groupId: string }, { errorCode: number; errorMessage: string | null; coordinator: { nodeId: number; host: string; port: number } }];
  JoinGroup: [{
    groupId: string; sessionTimeout: number; rebalanceTimeout: number; memberId: string; protocolType: 'consumer'; groupProtocols: { name: string; metadata: Buffer }[];
  }, { errorCode: number; generationId: number; leaderId: string; memberId: string; members: { memberId: string; memberMetadata: Buffer }[] }];
  SyncGroup: [{ groupId: string; generationId: number; memberId: string; groupAssignment: { memberId: string; memberAssignment: Buffer }[] }, { errorCode: number; memberAssignment: Buffer }];
  Heartbeat: [{ groupId: string; groupGenerationId: number; memberId: string; groupInstanceId: null }, { errorCode: number }];
  LeaveGroup: [{ groupId: string; memberId: string }, { errorCode: number }];
  DescribeGroups: [{ groupIds: string[] }, { groups: { errorCode: number; groupId: string; state: string; members: { memberId: string }[] }[] }];
}
export type KafkaApi = keyof KafkaApis;

interface AssignerProtocol {
  readonly MemberMetadata: {
    encode(of: { version: number; topics: string[]; userData: Buffer }): Buffer;
    decode(bytes: Buffer): { topics: string[]; userData: Buffer | null };
  };
  readonly MemberAssignment: {
    encode(of: { version: number; assignment: Record<string, readonly number[]>; userData: Buffer }): Buffer;
    decode(bytes: Buffer): { userData: Buffer | null } | null;
  };
}
/** How members of a consumer group spell what they want and what they get, so that Kafka's own tools can show it. */
export const { MemberMetadata, MemberAssignment } = require('kafkajs/src/consumer/assignerProtocol') as AssignerProtocol;

/** One request as bytes, with the decoder of its response's payload (what follows the correlation id). */
export interface EncodedRequest<T> {
  readonly bytes: Buffer;
  decode(payload: Buffer): Promise<T>;
}

/** Encodes in the newest version that both sides know; before the versions are known only ApiVersions (version 0) can be sent. */
export async function encodeRequest<A extends KafkaApi>(
  api: A, body: KafkaApis[A][0], versions: ApiVersions | undefined, header: { correlationId: number; clientId: string },
): Promise<EncodedRequest<KafkaApis[A][1]>> {
  const definition = requests[api]!;
  if (api === 'Produce' && versions !== undefined) return encodeFast(body as ProduceBody, versions, header) as EncodedRequest<KafkaApis[A][1]>;
  const make = versions === undefined ? definition.protocol({ version: 0 }) : lookup(versions)(apiKeys[api]!, definition);
  const { request, response } = make(body);
  const { buffer } = await createRequest({ request, ...header });
  return { bytes: buffer, decode: (payload) => response.decode(payload) as Promise<KafkaApis[A][1]> };
}

const PRODUCE_VERSION_MAX = 7;

function encodeFast(body: ProduceBody, versions: ApiVersions, header: { correlationId: number; clientId: string }): EncodedRequest<KafkaApis['Produce'][1]> {
  const version = Math.min(PRODUCE_VERSION_MAX, versions[apiKeys['Produce']!]?.maxVersion ?? 0);
  const { response } = requests['Produce']!.protocol({ version })({});
  return { bytes: encodeProduce(body, { version, ...header }, Date.now()), decode: (payload) => response.decode(payload) as Promise<KafkaApis['Produce'][1]> };
}

/**
 * Runs a SASL mechanism of kafkajs (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) over `exchange`, which sends one request and
 * returns its response's payload. Resolves with the session's life in ms, 0 for unlimited.
 */
export async function authenticate(
  sasl: SaslOptions, peer: { host: string; port: number; clientId: string }, versions: ApiVersions,
  nextCorrelationId: () => number, exchange: (correlationId: number, bytes: Buffer) => Promise<Buffer>,
): Promise<number> {
  const send = async ({ request, response }: Exchange) => {
    const correlationId = nextCorrelationId();
    const { buffer } = await createRequest({ request, correlationId, clientId: peer.clientId });
    return response.parse(await response.decode(await exchange(correlationId, buffer)));
  };
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const authenticator = new SaslAuthenticator({ ...peer, sasl: { ...sasl }, send }, { ...silent, namespace: () => silent }, versions, true);
  await authenticator.authenticate();
  return Number(authenticator.sessionLifetime);
}

/** Whether the broker refused the user name or password, which trying again cannot change. */
export function isAuthenticationRefused(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSSASLAuthenticationError';
}

/** A broker's error code by name. */
export class KafkaProtocolError extends Error {
  readonly type: string;

  constructor(readonly code: number, what: string) {
    const { type, message } = createErrorFromCode(code);
    super(`${what}: Kafka answered ${type === 'KAFKAJS_UNKNOWN_ERROR_CODE' ? `error code ${code}` : `${type} (${message})`}`);
    this.name = 'KafkaProtocolError';
    this.type = type;
  }
}
