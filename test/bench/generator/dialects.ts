import { CALL_ID_LENGTH, CallIds } from './call-ids.js';
import { field, FieldReader } from './protobuf.js';

/** What a server said about one call. */
export type Answer = 'allow' | 'other';

/** How one kind of server is asked, and how its answers are counted. One call is one decision. */
export interface Dialect {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Calls in one request message. */
  readonly callsPerMessage: number;
  readonly streaming: boolean;
  /** Encoded request for `calls` calls; `index` of the first call is returned through `begin`. */
  request(calls: number, begin: (index: number) => void): Buffer;
  /** Reports every decision of one answer; `index` is undefined where the answer carries no id of its own. */
  read(answer: Buffer, decided: (index: number | undefined, answer: Answer) => void): void;
}

export interface DocketTarget {
  readonly kind: 'docket';
  /** Grant tokens or ids, used in turn. */
  readonly grants: readonly string[];
  readonly tool: string;
  readonly argumentsJson: string;
  readonly callsPerMessage: number;
}

export interface CerbosTarget {
  readonly kind: 'cerbos';
  readonly principals: readonly string[];
  readonly action: string;
  readonly argumentsJson: string;
  readonly callsPerMessage: number;
}

export interface RateLimitTarget {
  readonly kind: 'ratelimit';
  readonly domain: string;
  /** Values of its one descriptor, used in turn. */
  readonly entries: readonly string[];
  readonly key: string;
}

export type Target = DocketTarget | CerbosTarget | RateLimitTarget;

export function dialectOf(target: Target): Dialect {
  switch (target.kind) {
    case 'docket': return docketDialect(target);
    case 'cerbos': return cerbosDialect(target);
    case 'ratelimit': return rateLimitDialect(target);
  }
}

/** Docket's ALLOW, Cerbos' EFFECT_ALLOW and Envoy's OK. */
const ALLOW = 1;

/** docket.decision.v1.DecideRequest: call_id 1, grant 2, tool 3, arguments 4. */
function docketDialect(target: DocketTarget): Dialect {
  const ids = new CallIds();
  const templates = target.grants.map((grant) =>
    Buffer.concat([
      field(1, '0'.repeat(CALL_ID_LENGTH)), field(2, grant), field(3, target.tool), field(4, target.argumentsJson),
    ]));
  let turn = 0;
  const nextTemplate = () => templates[turn++ % templates.length] as Buffer;
  const streaming = target.callsPerMessage > 0;
  return {
    path: `/docket.decision.v1.DecisionService/${streaming ? 'DecideStream' : 'Decide'}`,
    callsPerMessage: Math.max(1, target.callsPerMessage),
    streaming,
    request(calls, begin) {
      if (!streaming) {
        const request = nextTemplate();
        begin(ids.write(request, 2));
        return request;
      }
      const parts = Array.from({ length: calls }, () => {
        const template = nextTemplate();
        const call = field(1, template);
        begin(ids.write(call, call.length - template.length + 2));
        return call;
      });
      return Buffer.concat(parts);
    },
    read(answer, decided) {
      if (!streaming) {
        decided(undefined, verdictOf(new FieldReader(answer)));
        return;
      }
      for (const answers = new FieldReader(answer); answers.next(); ) {
        if (answers.number !== 1) continue;
        let index: number | undefined;
        let verdict: Answer = 'other';
        for (const one = answers.inner(); one.next(); ) {
          if (one.number === 1) index = CallIds.indexOf(answer, one.start);
          else if (one.number === 2) verdict = verdictOf(one.inner());
        }
        decided(index, verdict);
      }
    },
  };
}

function verdictOf(decision: FieldReader): Answer {
  while (decision.next()) if (decision.number === 2) return decision.value === ALLOW ? 'allow' : 'other';
  return 'other';
}

/** cerbos.svc.v1.CerbosService/CheckResources; every resource of a request is one decision. */
function cerbosDialect(target: CerbosTarget): Dialect {
  const size = Math.max(1, target.callsPerMessage);
  const attribute = (name: string, text: string) => field(4, Buffer.concat([field(1, name), field(2, field(3, text))]));
  const resource = Buffer.concat([field(1, 'tool'), field(3, 'demo'), attribute('arguments', target.argumentsJson)]);
  const entry = field(4, Buffer.concat([field(1, target.action), field(2, resource)]));
  const ids = new CallIds();
  const templates = target.principals.map((principal) =>
    Buffer.concat([
      field(1, '0'.repeat(CALL_ID_LENGTH)), field(3, Buffer.concat([field(1, principal), field(3, 'agent')])),
      ...Array.from({ length: size }, () => entry),
    ]));
  let turn = 0;
  return {
    path: '/cerbos.svc.v1.CerbosService/CheckResources',
    callsPerMessage: size,
    streaming: false,
    request(_calls, begin) {
      const request = templates[turn++ % templates.length] as Buffer;
      begin(ids.write(request, 2));
      return request;
    },
    read(answer, decided) {
      for (const results = new FieldReader(answer); results.next(); ) {
        if (results.number !== 2) continue;
        for (const result = results.inner(); result.next(); ) {
          if (result.number !== 2) continue;
          const action = result.inner();
          let effect = 0;
          while (action.next()) if (action.number === 2) effect = action.value;
          decided(undefined, effect === ALLOW ? 'allow' : 'other');
        }
      }
    },
  };
}

/** envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit: domain 1, descriptors 2 of entries 1 of key 1 and value 2; overall_code 1. */
function rateLimitDialect(target: RateLimitTarget): Dialect {
  const requests = target.entries.map((value) =>
    Buffer.concat([field(1, target.domain), field(2, field(1, Buffer.concat([field(1, target.key), field(2, value)])))]));
  let turn = 0;
  return {
    path: '/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit',
    callsPerMessage: 1,
    streaming: false,
    request: () => requests[turn++ % requests.length] as Buffer,
    read(answer, decided) {
      const response = new FieldReader(answer);
      decided(undefined, response.next() && response.number === 1 && response.value === ALLOW ? 'allow' : 'other');
    },
  };
}
