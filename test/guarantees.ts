/** Where a line of the token broker's contract (guarantees.md) is proved: a spec file and the beginning of a test's title in it, without those of `describe`s. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

export interface Guarantee {
  readonly line: number;
  /** In short; the line itself is in guarantees.md. */
  readonly about: string;
  /** Tests that fail when the line does not hold. */
  readonly proofs: readonly [Proof, ...Proof[]];
  /** How the line is meant, or proved, where its words leave room; and what of it is another program's. */
  readonly note?: string;
}

const of = (folder: string) => (file: string, title: string): Proof => ({ file: `${folder}/${file}.spec.ts`, title });
const pure = of('libs/access-token/src');
const broker = of('apps/token-broker/src');
const upstream = of('libs/upstream/src');
const ledger = of('libs/ledger/src');
const e2e = of('test/e2e');
const test = of('test');

/** Speed is never asserted: a test shows the cause with a clock that stands still, and `npm run bench -- --tokens` prints the figure. */
const MEASURED = 'the time is printed by npm run bench -- --tokens';
/** Pieces for the MCP gateway, which is a program of its own. */
const GATEWAY = 'the gateway calls libs/upstream, where this is shown';

/** Lines are numbered as in the contract. The check beside this file wants every proof to be a test that exists, runs and expects something. */
export const GUARANTEES: readonly Guarantee[] = [
  {
    line: 1, about: 'A token is bound to everything it was minted for; changing any of it never returns the old one.',
    proofs: [
      pure('cache-key', 'another tenant, environment'),
      pure('cache-key', 'no two bindings'),
      pure('cache-key', 'whatever separates them'),
      pure('cache-key', 'each subject of an exchange'),
      pure('connections', 'a rotated secret ends the token'),
      broker('replica/replicas', 'a rotated secret and'),
      broker('token-broker.int', 'rotating the secret ends the token'),
    ],
  },
  {
    line: 2, about: 'Lifetimes come from expires_in, expiresAt, the JWT or the default, and nothing an issuer says can crash.',
    proofs: [
      pure('lifetime', 'the sources are asked in order'),
      pure('lifetime', 'a moment in %s'),
      pure('lifetime', 'what is no number'),
      pure('lifetime', 'nothing that an issuer says'),
    ],
  },
  {
    line: 3, about: 'An unknown lifetime is the configured default, never for ever.',
    proofs: [
      pure('lifetime', 'the sources are asked in order'),
      broker('with-partner.int', 'a partner with %j'),
    ],
  },
  {
    line: 4, about: 'Lives count from when the request was sent; a wrong local clock neither loops nor serves past the end.',
    proofs: [
      pure('minting', 'the times count from'),
      pure('lifetime', 'a local clock up to 120 s wrong'),
      broker('with-partner.int', 'with the local clock %i ms wrong'),
    ],
  },
  {
    line: 5, about: 'Two margins that scale with the life, spread at random, honouring refresh_in.',
    proofs: [
      pure('margins', 'for lives from 1 s to 30 d'),
      pure('margins', 'the margins scale'),
      pure('margins', 'refreshes spread'),
      pure('margins', "the issuer's refresh_in"),
    ],
  },
  {
    line: 6, about: 'An exchanged token is never used past its subject token.',
    proofs: [
      pure('lifetime', 'an exchanged token ends'),
      broker('minting/token-minter', 'an exchanged token is never used'),
    ],
  },
  {
    line: 7, about: '10,000 concurrent cold callers are one mint, and all have their token as soon as it is there.',
    proofs: [
      broker('cache/token-cache', '10,000 cold callers'),
      broker('minting/token-minter', '1,000 callers at once'),
      broker('token-broker.int', '1,000 parallel gets over gRPC'),
    ],
    note: MEASURED,
  },
  {
    line: 8, about: 'In the soft window callers get the cached token at once; one refresh runs behind them, and its failure reaches nobody.',
    proofs: [
      broker('cache/token-cache', 'in the soft window callers'),
      broker('cache/token-cache', 'a cached read waits'),
      broker('cache/token-cache', 'a failed refresh in the soft window'),
    ],
    note: MEASURED,
  },
  {
    line: 9, about: 'In the hard window callers wait for the one refresh, each with its own patience.',
    proofs: [
      broker('cache/token-cache', 'in the hard window callers'),
      broker('cache/token-cache', 'a waiter gives up after 5 s'),
      broker('minting/token-minter', 'a mint ends after 10 s'),
    ],
  },
  {
    line: 10, about: '3 replicas with 1,000 callers each are one mint; with the log down cached tokens are served 60 s, and nothing is minted.',
    proofs: [
      broker('replica/replicas', '3 replicas'),
      e2e('token-nodes.e2e', '1,000 callers on each of three nodes'),
      broker('cache/token-cache', 'with the log out of hearing'),
      broker('minting/token-minter', 'with the log down nothing is minted'),
      broker('replica/replicas', 'with the log away'),
    ],
  },
  {
    line: 11, about: 'An owner replaced during a slow mint cannot publish its token.',
    proofs: [
      pure('fencing', 'an owner that was replaced'),
      pure('minting', 'the slow mint of a former owner'),
      e2e('token-nodes.e2e', 'an owner that is stopped during a slow mint'),
    ],
  },
  {
    line: 12, about: 'A new owner reads vault and log before it mints, and repeats an unfinished mint once.',
    proofs: [
      pure('minting', 'an unfinished mint of a former owner'),
      pure('fencing', 'a new owner answers'),
      broker('minting/token-minter', 'a new owner publishes'),
      broker('minting/token-minter', 'a mint that the old owner did not finish'),
      e2e('token-nodes.e2e', 'kill -9 of the owner'),
    ],
  },
  {
    line: 13, about: "A replica sees a peer's new token within 1 s.",
    proofs: [
      broker('replica/replicas', 'a replica learns within a second'),
      e2e('token-nodes.e2e', 'a rejected token, and then a rotated secret'),
    ],
    note: 'as soon as the log has it, without a timer of ours',
  },
  {
    line: 14, about: 'In-flight entries never outlive their promise, and clearing one never clears a newer one.',
    proofs: [
      broker('cache/token-cache', 'a flight that has landed'),
      broker('cache/token-cache', 'a flight that a waiter begins'),
      broker('cache/token-cache', 'a flight that %s leaves nothing'),
    ],
  },
  {
    line: 15, about: 'A rejection counts only for the current generation: 500 stragglers are one mint.',
    proofs: [
      pure('rejection', '500 stragglers'),
      pure('rejection', 'a straggler with an old generation'),
      broker('cache/token-cache', '500 stragglers'),
    ],
  },
  {
    line: 16, about: 'A call is repeated once, if it can be replayed, within its deadline.',
    proofs: [
      pure('policies', 'a call is repeated once'),
      upstream('upstream-fetch.int', 'a 401 that stays is repeated once'),
      upstream('upstream-fetch.int', 'what cannot be sent again is not'),
      upstream('upstream-fetch.int', 'a caller waits for %s no longer'),
      upstream('upstream-fetch.int', 'a refusal that comes when the caller has gone'),
      upstream('upstream-grpc.int', 'the call waits for a token no longer than its deadline'),
      upstream('upstream-grpc.int', 'a call whose deadline has passed is not repeated'),
    ],
    note: GATEWAY,
  },
  {
    line: 17, about: 'A 401 that is wrong for ever costs at most one mint in 30 s.',
    proofs: [
      pure('rejection', 'a rejected token that was minted for a rejection'),
      pure('rejection', 'a 401 that is wrong for ever'),
      broker('with-partner.int', 'a partner that answers 401 for ever'),
    ],
  },
  {
    line: 18, about: 'The rejected token again is terminal.',
    proofs: [
      pure('rejection', 'a new token with the value of the rejected one'),
      broker('with-partner.int', 'a partner that hands out the rejected token'),
    ],
  },
  {
    line: 19, about: 'A 403 does not refresh, except for scopes that may be asked for; a DPoP nonce does not mint.',
    proofs: [
      pure('policies', 'a 403 asks for nothing'),
      pure('policies', 'a DPoP nonce'),
      upstream('upstream-fetch.int', 'a 403 refreshes nothing'),
      upstream('upstream-fetch.int', 'use_dpop_nonce repeats'),
      broker('issuers/oauth/oauth.issuer.int', 'use_dpop_nonce is answered'),
    ],
    note: GATEWAY,
  },
  {
    line: 20, about: 'A 401 without WWW-Authenticate is a 401.',
    proofs: [
      pure('policies', 'a 401 asks for a refresh'),
      broker('with-partner.int', 'a partner that answers 401 for ever'),
    ],
  },
  {
    line: 21, about: '20 parallel calls that meet a revocation all succeed.',
    proofs: [
      broker('with-partner.int', '20 parallel calls'),
      upstream('upstream-fetch.int', '20 parallel calls'),
    ],
  },
  {
    line: 22, about: 'UNAUTHENTICATED is a 401; tokens travel on TLS channels only.',
    proofs: [
      pure('policies', "gRPC's UNAUTHENTICATED"),
      upstream('upstream-grpc.int', 'UNAUTHENTICATED asks'),
      upstream('upstream-grpc.int', 'on a channel without TLS'),
      upstream('upstream-fetch.int', 'a token goes over TLS only'),
    ],
  },
  {
    line: 23, about: 'Long-lived upstream sessions read the token per request.',
    proofs: [
      upstream('upstream-fetch.int', 'a session that lasts'),
      test('conformance/mcp-session.int', 'one MCP session of the official client'),
    ],
    note: GATEWAY,
  },
  {
    line: 24, about: 'An ill issuer: the old token until the hard margin, after that only where the connection opted in, counted and alarmed; an ended token never.',
    proofs: [
      broker('cache/token-cache', 'with the issuer ill the old token'),
      broker('cache/token-cache', 'a connection that opted in'),
      broker('cache/token-cache', 'an ended token is not served again'),
      pure('margins', 'static stability lasts'),
      pure('rejection', 'a rejected token is never answered again'),
      broker('metrics/broker-metrics', 'say what to do, and watch'),
      broker('cache/token-cache', 'while the issuer hangs'),
      broker('cache/ended-tokens', 'whatever happens, a rejected or revoked token'),
      broker('cache/ended-tokens', 'a token that is rejected or revoked while'),
      broker('cache/ended-tokens', 'who was refused a newer token'),
      broker('cache/ended-tokens', 'without static stability'),
      broker('cache/ended-tokens', 'an ill issuer is counted and alarmed'),
    ],
  },
  {
    line: 25, about: 'Failures are transient or permanent by a closed table.',
    proofs: [
      pure('policies', '%s is %s'),
      broker('issuers/partner-secret.int', 'a partner with %j'),
      broker('issuers/partner-secret.int', 'a certificate that does not verify'),
      broker('issuers/oauth/oauth.issuer.int', 'an issuer with %j is a failure'),
    ],
  },
  {
    line: 26, about: 'Transient failures: full jitter from 1 s to 60 s, Retry-After kept, callers fail fast meanwhile.',
    proofs: [
      pure('policies', 'back-off is anywhere'),
      pure('failures', 'after a transient failure callers fail at once'),
      pure('failures', 'failures in a row wait longer'),
      pure('failures', 'Retry-After is kept'),
      broker('cache/token-cache', 'between two tries callers fail'),
      broker('with-partner.int', 'Retry-After is kept'),
    ],
  },
  {
    line: 27, about: 'Permanent failures open a breaker until the secret changes or an operator resets it.',
    proofs: [
      pure('failures', 'a permanent failure opens the breaker'),
      pure('failures', '%s closes the breaker at once'),
      broker('token-broker.int', 'rotating the secret ends the token at once and closes'),
    ],
  },
  {
    line: 28, about: 'A burst counts once a day; nothing is deleted on a losing race.',
    proofs: [
      pure('failures', 'a burst of failures counts as one day'),
      pure('connections', 'nobody removes a connection'),
      pure('connections', 'no failure removes a connection'),
      pure('connections', 'a refresh token that an unpublished mint brought'),
      broker('vault/postgres.token-vault.int', 'pruning leaves a secret that is newer'),
      broker('minting/refresh-tokens', 'a refresh token that is really over'),
    ],
  },
  {
    line: 29, about: 'Mint caps per connection and beside it for all; a typed error and one event; calls of refresh_access_token are coalesced.',
    proofs: [
      pure('failures', 'a connection mints at most its cap'),
      pure('failures', 'the first one beyond the cap'),
      pure('failures', 'all connections together are capped'),
      pure('failures', 'mints of other partitions count'),
      pure('failures', 'no minute has more mints'),
      broker('handovers.int', 'calls of the tool refresh_access_token'),
    ],
    note: 'mints of other partitions count as far as the owner has heard of them, which is within a second',
  },
  {
    line: 30, about: 'Secrets and tokens rest sealed, a row moved elsewhere does not open, seals are counted.',
    proofs: [
      broker('vault/postgres.token-vault.int', 'a row moved to another %s'),
      broker('vault/postgres.token-vault.int', 'a row with a shortened tag'),
      broker('vault/postgres.token-vault.int', 'a key that has sealed half'),
      ledger('grant-keys.seals', 'a key is worn at half'),
    ],
  },
  {
    line: 31, about: 'Without its key the service does not start; with a wrong one nothing goes out.',
    proofs: [
      broker('token-broker.int', 'without the keyring that wraps its keys'),
      ledger('kek/kek.int', 'nothing opens without a key'),
      broker('vault/postgres.token-vault.int', 'without the key that wrapped'),
      broker('minting/token-minter', 'with a secret that is %s'),
      broker('issuers/partner-secret.int', 'a secret that no header can carry'),
    ],
  },
  {
    line: 32, about: 'The key-encryption key rotates online; seals per key are counted.',
    proofs: [
      ledger('kek/kek.int', 'every key is rewrapped while others read'),
      ledger('kek/kek.int', 'seals are counted in the table'),
      ledger('grant-keys.seals', 'what is reserved is never less'),
    ],
  },
  {
    line: 33, about: 'A dump of database, log and disk holds no token or secret.',
    proofs: [
      broker('vault/postgres.token-vault.int', 'no row, and nothing else'),
      e2e('canary.e2e', 'no marked secret or token is anywhere'),
    ],
  },
  {
    line: 34, about: 'A revoked token (by token, connection, grant or tenant) is served by nobody, a mint in flight is discarded, and its issuer is told.',
    proofs: [
      broker('api/revoke-tokens', 'by connection, by the token itself'),
      pure('minting', 'a mint under way while'),
      pure('rejection', 'a revoked token is never answered again'),
      broker('cache/token-cache', 'a token that is revoked while'),
      broker('minting/token-minter', 'a token that is revoked while'),
      broker('replica/replicas', 'a revoked token is served by no replica'),
      e2e('token-nodes.e2e', 'a revoked token is served by no node'),
      e2e('token-nodes.e2e', 'whichever node is asked'),
      broker('api/revoke-tokens', 'nobody says that there is no such token'),
      broker('revoking/upstream-revoker', 'a mint that is discarded because of a revocation'),
      broker('revoking/upstream-revoker', 'an issuer that answers 503'),
      broker('api/revoke-tokens', 'any token that was minted here'),
      broker('api/revoke-tokens', 'a grant that is cut off'),
      broker('grants.int', 'a grant that is revoked in the registry'),
      broker('grants.int', 'a grant that is cut off'),
      e2e('tokens.e2e', 'a token is revoked by its value'),
      e2e('tokens.e2e', 'a grant that is revoked gets no tokens'),
      broker('revoking/upstream-revoker', 'a token that was replaced'),
      pure('replaced', 'revoking one of them'),
    ],
  },
  {
    line: 35, about: 'Revocations are durable first; if they cannot be in force here the call fails.',
    proofs: [
      broker('api/revoke-tokens', 'a revocation is in the log first'),
      broker('api/revoke-tokens', 'what the log has not taken'),
      broker('api/revoke-tokens', 'a revocation that is in the log but cannot'),
    ],
    note: 'the fast list is what each node serves from',
  },
  {
    line: 36, about: 'Tokens are injected; a handle lives a minute and works once, the second time is denied with an event.',
    proofs: [
      pure('handover', 'a handle brings its token once'),
      pure('handover', 'a handle is good for a minute'),
      broker('handles/handles', 'a handle brings the token once'),
      broker('handles/handles', '1,000 who try one handle'),
      broker('handovers.int', 'a handle brings the token once over the API'),
      broker('handles/hand-over-newest', 'a refresh that publishes'),
      pure('handover', 'a handle outlives a refresh'),
    ],
  },
  {
    line: 37, about: 'Agents get stand-ins, hand-overs in clear are events, and living tokens are masked in results and errors.',
    proofs: [
      broker('stand-ins/stand-ins', 'a stand-in is good for its grant'),
      broker('stand-ins/stand-ins', 'Unwrap refuses it'),
      broker('stand-ins/stand-ins', 'it outlives a refresh'),
      broker('handovers.int', 'calls of the tool refresh_access_token'),
      broker('handovers.int', 'a connection that reveals'),
      pure('handover', 'each hand-over in clear is an event'),
      broker('scanner/token-scanner', 'a token in memory is masked'),
      broker('scanner/token-scanner', 'a token that never went through'),
      broker('handovers.int', 'living tokens are masked'),
      broker('grants.int', 'a grant that the registry does not know'),
    ],
    note: 'the gateway that answers the tool is a program of its own; what it calls is shown here',
  },
  {
    line: 38, about: "The caller's own credential never goes upstream; audience is checked on the way in.",
    proofs: [
      pure('passthrough', "the caller's own credential"),
      pure('passthrough', 'a token with audience %j'),
      upstream('upstream-fetch.int', 'a token goes over TLS only'),
      broker('handovers.int', 'calls of the tool refresh_access_token'),
    ],
    note: 'the gateway calls these two rules',
  },
  {
    line: 39, about: 'What happens to secrets and tokens is an event with all its fields; a mint that cannot be audited is not handed out.',
    proofs: [
      broker('minting/token-minter', 'a mint that the log did not accept'),
      broker('minting/token-minter', 'a token is in the log'),
      pure('audit', 'every event names'),
      pure('audit', '%s is in the log'),
      broker('usage/usage-reporter', '10,000 serves of a token'),
      broker('handovers.int', 'a gateway of other servers is denied'),
      broker('handovers.int', 'what was served is in the log'),
      pure('minting', 'an unfinished mint of a former owner'),
      broker('usage/usage-reporter', 'each gateway and each grant'),
    ],
    note: 'a lock that is lost is the claim of the new owner, and the mint that it takes up',
  },
  {
    line: 40, about: 'No marked secret or token is found anywhere.',
    proofs: [
      e2e('canary.e2e', 'no marked secret or token is anywhere'),
      e2e('canary', 'the search for marked secrets'),
      broker('with-partner.int', 'no event, state, fact or error'),
      broker('minting/token-minter', 'an adapter that throws'),
      broker('issuers/oauth/oauth.issuer.int', 'nothing that an issuer repeats'),
      e2e('token-nodes.e2e', 'no node has written'),
    ],
    note: 'the broker writes no traces; trace ids go into events and are searched there',
  },
  {
    line: 41, about: 'Secrets are of a type that prints stars.',
    proofs: [
      upstream('scrub', 'a secret prints as stars'),
      broker('secrets', 'a secret comes out of nothing but reveal()'),
      broker('secrets', 'whatever the broker keeps in memory'),
      broker('secrets', 'no type of the broker'),
    ],
  },
  {
    line: 42, about: 'Upstream error bodies are cut at 256 characters and scrubbed.',
    proofs: [
      upstream('scrub', 'a text is at most 256'),
      upstream('scrub', 'no spelling of a secret'),
      broker('issuers/partner-secret.int', 'a body that repeats the credential'),
    ],
  },
  {
    line: 43, about: 'Requests to token endpoints go nowhere they should not.',
    proofs: [
      broker('issuers/partner-secret.int', 'a redirect is not followed'),
      broker('issuers/partner-secret.int', 'not to %s'),
      broker('issuers/partner-secret.int', 'not to a name that points inside'),
      broker('issuers/partner-secret.int', 'plain HTTP goes to loopback only'),
      upstream('address-guard', '%s is not of'),
      upstream('address-guard', '%s is this machine'),
      upstream('address-guard', '%s is a private one'),
      broker('token-broker.int', 'an address inside is refused when'),
      broker('redirects.int', 'that answers %i leads nobody'),
      broker('redirects.int', 'an address for revocation'),
      broker('redirects.int', 'a proxy that the environment names'),
    ],
  },
  {
    line: 44, about: 'Metrics tell of all this, and alerts watch them.',
    proofs: [
      broker('metrics/broker-metrics', 'counts what the contract lists'),
      broker('metrics/broker-metrics', 'breakers are counted'),
      broker('metrics/broker-metrics', 'tokens minted more than twice'),
      broker('metrics/broker-metrics', 'a token handed out past its end'),
      broker('metrics/broker-metrics', 'name only metrics that there are'),
      broker('handovers.int', 'the metrics tell of'),
    ],
  },
  {
    line: 45, about: 'Clock, random, fetch, vault and KMS are injected; a week passes without waiting.',
    proofs: [
      broker('minting/week', '7 days of calls'),
      test('lint/broker', 'the token broker has no clock'),
      ledger('kek/aws-kms.int', 'rotates online'),
    ],
    note: MEASURED,
  },
  {
    line: 46, about: 'Shutdown waits for mints in flight at most 10 s and hands ownership over; kill -9 costs the take-over time.',
    proofs: [
      broker('minting/token-minter', 'shutting down waits'),
      broker('token-broker.int', 'told to stop, it waits'),
      e2e('token-nodes.e2e', 'a node that is told to stop'),
      e2e('token-nodes.e2e', 'kill -9 of the owner'),
    ],
  },
  {
    line: 47, about: 'Warm-up refreshes only what was used in the last lifetime, at a bounded rate with jitter.',
    proofs: [
      broker('warm-up/warm-up', '1,000 connections'),
      broker('warm-up/warm-up', 'what nobody has used'),
      broker('warm-up/warm-up', 'a token that was served from caches'),
      broker('warm-up/warm-up', 'a partition is warmed up'),
    ],
  },
  {
    line: 48, about: 'The cache is bounded and never drops an entry being fetched.',
    proofs: [
      broker('cache/token-cache', 'holds 8,192 entries'),
      broker('cache/token-cache', 'holds the most recently used'),
    ],
  },
  {
    line: 49, about: 'The MCP conformance client suite passes through the broker.',
    proofs: [
      test('conformance/mcp-client.int', 'auth/client-credentials-basic'),
      test('conformance/mcp-client.int', 'auth/client-credentials-jwt'),
      test('conformance/mcp-client.int', 'auth/scope-retry-limit'),
      test('conformance/mcp-client.int', 'auth/token-endpoint-auth-%s'),
    ],
  },
];
