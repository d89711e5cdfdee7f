/** Where a line of the token broker's contract (section 3) is proved: a spec file and the beginning of a test's title in it. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

export interface Guarantee {
  readonly line: number;
  readonly sentence: string;
  readonly proofs: readonly Proof[];
  /** What of the line no test proves; absent when the proofs are the whole of it. */
  readonly notYet?: string;
}

const pure = (file: string, title: string): Proof => ({ file: `libs/access-token/src/${file}.spec.ts`, title });
/** Three nodes on a real Kafka, and the whole as `npm start` runs it. */
const nodes = (title: string): Proof => ({ file: 'test/e2e/token-nodes.e2e.spec.ts', title });
const whole = (title: string): Proof => ({ file: 'test/e2e/tokens.e2e.spec.ts', title });
const broker = (file: string, title: string): Proof => ({ file: `apps/token-broker/src/${file}.spec.ts`, title });
const upstream = (file: string, title: string): Proof => ({ file: `libs/upstream/src/${file}.int.spec.ts`, title });
const keys = (file: string, title: string): Proof => ({ file: `libs/ledger/src/${file}.spec.ts`, title });

/** Lines are numbered as in the contract. A line without proofs says so; the check beside this file reads the rest. */
export const GUARANTEES: readonly Guarantee[] = [
  {
    line: 1, sentence: 'A token is bound to everything it was minted for; changing any of it never returns the old one.',
    proofs: [
      pure('cache-key', 'another tenant, environment'), pure('cache-key', 'no two bindings'), pure('cache-key', 'each subject of an exchange'), pure('connections', 'a rotated secret ends the token'),
      broker('replica/replicas', 'a rotated secret and'), broker('oauth.int', 'subjects have tokens of their own'), broker('oauth.int', 'scopes that a 403 names'),
      broker('token-broker.int', 'rotating the secret ends the token'), nodes('a rejected token, and then a rotated secret'),
    ],
  },
  {
    line: 2, sentence: 'Lifetimes come from expires_in, expiresAt, the JWT or the default, and nothing an issuer says can crash.',
    proofs: [pure('lifetime', 'the sources are asked in order'), pure('lifetime', 'a moment in %s'), pure('lifetime', 'what is no number'), pure('lifetime', 'nothing that an issuer says')],
  },
  { line: 3, sentence: 'An unknown lifetime is the configured default, never for ever.', proofs: [pure('lifetime', 'the sources are asked in order'), broker('with-partner.int', 'a partner with %j')] },
  {
    line: 4, sentence: 'Lives count from when the request was sent; a wrong local clock neither loops nor serves past the end.',
    proofs: [pure('minting', 'the times count from'), pure('lifetime', 'a local clock up to 120 s wrong'), broker('with-partner.int', 'with the local clock %i ms wrong')],
  },
  {
    line: 5, sentence: 'Two margins that scale with the life, spread at random, honouring refresh_in.',
    proofs: [pure('margins', 'for lives from 1 s to 30 d'), pure('margins', 'the margins scale'), pure('margins', 'refreshes spread'), pure('margins', "the issuer's refresh_in")],
  },
  {
    line: 6, sentence: 'An exchanged token is never used past its subject token.',
    proofs: [pure('lifetime', 'an exchanged token ends'), broker('minting/token-minter', 'an exchanged token is never used'), broker('oauth.int', 'subjects have tokens of their own')],
  },
  {
    line: 7, sentence: '10,000 concurrent cold callers are one mint.',
    proofs: [
      broker('cache/token-cache', '10,000 cold callers'), broker('minting/token-minter', '1,000 callers at once'), broker('token-broker.int', '1,000 parallel gets over gRPC'),
      whole('the demonstration mints once'),
    ],
    notYet: 'the 50 ms beside the mint, on a quiet machine: the bench measures it',
  },
  {
    line: 8, sentence: 'In the soft window callers get the cached token at once; one refresh runs behind them, and its failure reaches nobody.',
    proofs: [broker('cache/token-cache', 'in the soft window callers'), broker('cache/token-cache', 'a cached read waits'), broker('cache/token-cache', 'a failed refresh in the soft window')],
  },
  {
    line: 9, sentence: 'In the hard window callers wait for the one refresh, each with its own patience.',
    proofs: [broker('cache/token-cache', 'in the hard window callers'), broker('cache/token-cache', 'a waiter gives up after 5 s'), broker('minting/token-minter', 'a mint ends after 10 s')],
  },
  {
    line: 10, sentence: 'With the log down cached tokens are served 60 s, and nothing is minted.',
    proofs: [
      broker('cache/token-cache', 'with the log out of hearing'), broker('minting/token-minter', 'with the log down nothing is minted'), broker('replica/replicas', '3 replicas'),
      broker('replica/replicas', 'with the log away'), nodes('1,000 callers on each of three nodes'),
    ],
  },
  {
    line: 11, sentence: 'An owner replaced during a slow mint cannot publish its token.',
    proofs: [
      pure('fencing', 'an owner that was replaced'), pure('minting', 'the slow mint of a former owner'), nodes('an owner that is stopped during a slow mint'), nodes('kill -9 of the owner'),
    ],
  },
  {
    line: 12, sentence: 'A new owner reads vault and log before it mints, and repeats an unfinished mint once.',
    proofs: [
      pure('minting', 'an unfinished mint of a former owner'), pure('fencing', 'a new owner answers'), broker('minting/token-minter', 'a new owner publishes'),
      broker('minting/token-minter', 'a mint that the old owner did not finish'), nodes('kill -9 of the owner'),
    ],
  },
  {
    line: 13, sentence: "A replica sees a peer's new token within 1 s.",
    proofs: [
      broker('replica/replicas', 'a replica learns within a second'), nodes('a rejected token, and then a rotated secret'), broker('token-broker.int', 'whoever watches hears'),
    ],
  },
  { line: 14, sentence: 'In-flight entries never outlive their promise, and clearing one never clears a newer one.', proofs: [broker('cache/token-cache', 'a flight that has landed')] },
  {
    line: 15, sentence: 'A rejection counts only for the current generation: 500 stragglers are one mint.',
    proofs: [
      pure('rejection', '500 stragglers'), pure('rejection', 'a straggler with an old generation'), broker('cache/token-cache', '500 stragglers'), broker('token-broker.int', 'a 401 that is reported'),
    ],
  },
  { line: 16, sentence: 'A call is repeated once, if it can be replayed, within its deadline.', proofs: [pure('policies', 'a call is repeated once')], notYet: 'in the gateway' },
  {
    line: 17, sentence: 'A 401 that is wrong for ever costs at most one mint in 30 s.',
    proofs: [pure('rejection', 'a rejected token that was minted for a rejection'), pure('rejection', 'a 401 that is wrong for ever'), broker('with-partner.int', 'a partner that answers 401 for ever')],
  },
  { line: 18, sentence: 'The rejected token again is terminal.', proofs: [pure('rejection', 'a new token with the value of the rejected one'), broker('with-partner.int', 'a partner that hands out the rejected token')] },
  {
    line: 19, sentence: 'A 403 does not refresh, except for scopes that may be asked for; a DPoP nonce does not mint.',
    proofs: [
      pure('policies', 'a 403 asks for nothing'), pure('policies', 'a DPoP nonce'), upstream('upstream-fetch', 'a 403 refreshes nothing'), upstream('upstream-fetch', 'a step-up that helps nothing'),
      upstream('upstream-fetch', 'use_dpop_nonce repeats the request'), broker('issuers/oauth/oauth.issuer.int', 'use_dpop_nonce is answered with the nonce'), broker('issuers/oauth/oauth.issuer.int', 'with a rotating refresh token the nonce'),
      broker('oauth.int', 'scopes that a 403 names'), broker('oauth.int', 'tokens bound to a key'),
    ],
  },
  {
    line: 20, sentence: 'A 401 without WWW-Authenticate is a 401.',
    proofs: [pure('policies', 'a 401 asks for a refresh'), broker('with-partner.int', 'a partner that answers 401 for ever'), upstream('upstream-fetch', 'a 401 that stays')],
  },
  { line: 21, sentence: '20 parallel calls that meet a revocation all succeed.', proofs: [broker('with-partner.int', '20 parallel calls')] },
  {
    line: 22, sentence: 'UNAUTHENTICATED is a 401; tokens travel on TLS channels only.',
    proofs: [
      pure('policies', "gRPC's UNAUTHENTICATED"), upstream('upstream-grpc', 'UNAUTHENTICATED asks for another token'), upstream('upstream-grpc', 'on a channel without TLS no token is sent'), upstream('upstream-fetch', 'a token goes over TLS only'),
    ],
  },
  { line: 23, sentence: 'Long-lived upstream sessions read the token per request.', proofs: [upstream('upstream-fetch', 'a session that lasts reads the token')] },
  {
    line: 24, sentence: 'An ill issuer: the old token until the hard margin, after that only where the connection opted in; an ended token never.',
    proofs: [
      broker('cache/token-cache', 'with the issuer ill the old token'), broker('cache/token-cache', 'a connection that opted in'), broker('cache/token-cache', 'an ended token is not served again'),
      pure('margins', 'static stability lasts'), pure('rejection', 'a rejected token is never answered again'), broker('metrics/broker-metrics', 'say what to do'),
      broker('metrics/broker-metrics', 'a token handed out past its end'),
    ],
  },
  {
    line: 25, sentence: 'Failures are transient or permanent by a closed table.',
    proofs: [
      pure('policies', '%s is %s'), broker('issuers/partner-secret.int', 'a partner with %j'), broker('issuers/partner-secret.int', 'a certificate that does not verify'), broker('issuers/oauth/oauth.issuer.int', 'an issuer with %j is a failure of its kind'),
      broker('oauth.int', 'an issuer that refuses its client'),
    ],
  },
  {
    line: 26, sentence: 'Transient failures: full jitter from 1 s to 60 s, Retry-After kept, callers fail fast meanwhile.',
    proofs: [
      pure('policies', 'back-off is anywhere'), pure('failures', 'after a transient failure callers fail at once'), pure('failures', 'failures in a row wait longer'), pure('failures', 'Retry-After is kept'),
      broker('cache/token-cache', 'between two tries callers fail'), broker('with-partner.int', 'Retry-After is kept'),
    ],
  },
  {
    line: 27, sentence: 'Permanent failures open a breaker until the secret changes or an operator resets it.',
    proofs: [
      pure('failures', 'a permanent failure opens the breaker'), pure('failures', '%s closes the breaker at once'), broker('token-broker.int', 'rotating the secret ends the token'),
    ],
  },
  {
    line: 28, sentence: 'A burst counts once a day; nothing is deleted on a losing race.',
    proofs: [pure('failures', 'a burst of failures counts as one day'), pure('connections', 'nobody removes a connection'), pure('connections', 'no failure removes a connection'),
      pure('connections', 'a refresh token that an unpublished mint'), broker('minting/refresh-tokens', 'a secret that an operator sets meanwhile'), broker('minting/refresh-tokens', 'a new owner finds the refresh token'),
      broker('vault/postgres.token-vault.int', 'pruning leaves a secret that is newer')],
  },
  {
    line: 29, sentence: 'Mint caps per connection and beside it for all; a typed error and one event.',
    proofs: [
      pure('failures', 'a connection mints at most its cap'), pure('failures', 'the first one beyond the cap'), pure('failures', 'mints of other partitions count'),
      pure('failures', 'all connections together are capped'), pure('failures', 'no minute has more mints'),
    ],
    notYet: 'that the gateway answers refresh_access_token itself: the gateway is not there yet',
  },
  {
    line: 30, sentence: 'Secrets and tokens rest sealed, and a row moved elsewhere does not open.',
    proofs: [
      broker('vault/postgres.token-vault.int', 'a row moved to another %s'), broker('vault/postgres.token-vault.int', 'a row with a shortened tag'), keys('grant-keys.int', 'the table never holds a key in clear'),
      keys('kek/aws-kms.int', 'the first start makes a key'),
    ],
  },
  {
    line: 31, sentence: 'Without its key the service does not start; with a wrong one nothing goes out.',
    proofs: [
      keys('kek/kek.int', 'nothing opens without a key'), keys('kek/kek.int', 'a keyring file is made only where it may be'), keys('kek/kek.int', 'refuses a KEK that is %s'),
      keys('kek/kek.int', 'refuses a KEK_FILE that everybody may read'), keys('keyring.int', 'refuses a keyring that others may read'),
      broker('vault/postgres.token-vault.int', 'without the key that wrapped'), broker('minting/token-minter', 'with a secret that is %s'),
      broker('issuers/partner-secret.int', 'a secret that no header can carry'), broker('issuers/oauth/oauth.issuer.int', 'a secret that %s with %s cannot use'),
      broker('token-broker.int', 'without the keyring'),
    ],
  },
  {
    line: 32, sentence: 'The key-encryption key rotates online; what one key seals is counted.',
    proofs: [
      keys('kek/kek.int', 'every key is rewrapped while others read and write'), keys('kek/kek.int', 'stopped anywhere it goes on'), keys('kek/kek.int', 'a key that is erased meanwhile'), keys('kek/aws-kms.int', 'rotates online'),
      { file: 'apps/cli/src/keys.int.spec.ts', title: 'keys are rotated with progress' }, keys('grant-keys.seals', 'what is reserved is never less'), keys('kek/kek.int', 'seals are counted in the table'),
      broker('vault/postgres.token-vault.int', 'a key that has sealed half'),
    ],
  },
  {
    line: 33, sentence: 'A dump of database, log and disk holds no token or secret.',
    proofs: [
      broker('vault/postgres.token-vault.int', 'no row, and nothing else'), { file: 'test/e2e/canary.e2e.spec.ts', title: 'no marked secret or token is anywhere' },
      whole('nothing that is written down here'), nodes('no node has written a token'),
    ],
  },
  {
    line: 34, sentence: 'A revoked token is served by nobody, and a mint in flight is discarded.',
    proofs: [
      pure('minting', 'a mint under way while'), pure('rejection', 'a revoked token is never answered again'), broker('cache/token-cache', 'a token that is revoked while'),
      broker('minting/token-minter', 'a token that is revoked while'), broker('replica/replicas', 'a revoked token is served by no replica'), broker('revoking/upstream-revoker', 'what is revoked here'),
      broker('revoking/upstream-revoker', 'an issuer that answers 503'), broker('revoking/upstream-revoker', 'a mint that is discarded'), broker('revoking/upstream-revoker', 'another process goes on'),
      broker('oauth.int', 'what is revoked here is revoked at the issuer'), broker('api/revoke-tokens', 'by connection, by the token itself'), broker('token-broker.int', 'a revocation names what it ended'),
      pure('handover', 'a grant that is cut off'), nodes('a revoked token is served by no node'),
    ],
  },
  {
    line: 35, sentence: 'Revocations are durable first.',
    proofs: [
      broker('api/revoke-tokens', 'a revocation is in the log first'), broker('api/revoke-tokens', 'what the log has not taken'),
      broker('api/revoke-tokens', 'a revocation that is in the log but cannot be in force'),
    ],
  },
  {
    line: 36, sentence: 'Tokens are injected; a handle works once.',
    proofs: [
      broker('token-broker.int', 'a gateway gets tokens only'), broker('handles/handles', 'a handle brings the token once'), broker('handles/handles', 'after a minute a handle'),
      broker('handles/handles', '1,000 who try one handle'), broker('handles/handles', 'a connection that injects hands nothing over'), pure('handover', 'a handle brings its token once'),
    ],
  },
  {
    line: 37, sentence: 'Agents get stand-ins, and live tokens are masked in results.',
    proofs: [
      broker('stand-ins/stand-ins', 'a stand-in is good for its grant'), broker('stand-ins/stand-ins', 'another grant, connection or tenant'), broker('stand-ins/stand-ins', 'Unwrap refuses it'),
      broker('handles/handles', 'a connection that reveals hands the token'), pure('handover', 'each hand-over in clear is an event'), broker('scanner/token-scanner', 'a token in memory is masked'),
      broker('scanner/token-scanner', 'whatever stands around it'), whole('--reveal shows the token'),
    ],
    notYet: 'that the gateway answers the tool and masks its results with this: the gateway is not there yet',
  },
  {
    line: 38, sentence: "The caller's own credential never goes upstream.",
    proofs: [
      upstream('upstream-fetch', 'a token goes over TLS only'),
      { file: 'libs/access-token/src/passthrough.spec.ts', title: 'the token stands in the one place that the partner wants, whatever the caller had there' },
    ],
    notYet: 'the audience of what comes in, in the gateway: it is not there yet',
  },
  {
    line: 39, sentence: 'What happens to secrets and tokens is an event; a mint that cannot be audited is not handed out.',
    proofs: [
      broker('minting/token-minter', 'a mint that the log did not accept'), broker('minting/token-minter', 'a token is in the log'), pure('handover', 'what is served is counted'),
      pure('handover', 'denials are counted'), pure('handover', 'each hand-over in clear is an event'), broker('usage/usage-reporter', '10,000 serves of a token'),
      broker('usage/usage-reporter', 'the first denial of its kind'),
    ],
  },
  {
    line: 40, sentence: 'No marked secret or token is found anywhere.',
    proofs: [
      broker('with-partner.int', 'no event, state, fact or error'), broker('minting/token-minter', 'an adapter that throws'),
      { file: 'test/e2e/canary.e2e.spec.ts', title: 'no marked secret or token is anywhere' }, broker('issuers/oauth/oauth.issuer.int', 'nothing that an issuer repeats'),
    ],
  },
  { line: 41, sentence: 'Secrets are of a type that prints stars.', proofs: [broker('issuers/scrub', 'a secret prints as stars')] },
  {
    line: 42, sentence: 'Upstream error bodies are cut at 256 characters and scrubbed.',
    proofs: [broker('issuers/scrub', 'a text is at most 256'), broker('issuers/scrub', 'no spelling of a secret'), broker('issuers/partner-secret.int', 'a body that repeats the credential')],
  },
  {
    line: 43, sentence: 'Requests to token endpoints go nowhere they should not.',
    proofs: [
      broker('issuers/partner-secret.int', 'a redirect is not followed'), broker('issuers/partner-secret.int', 'not to %s'), broker('issuers/partner-secret.int', 'not to a name that points inside'),
      broker('issuers/partner-secret.int', 'plain HTTP goes to loopback only'), broker('issuers/address-guard', '%s is not'),
      broker('issuers/oauth/oauth.issuer.int', 'nothing that an issuer repeats'), upstream('upstream-fetch', 'a token goes over TLS only'),
    ],
  },
  {
    line: 44, sentence: 'Metrics tell all of this.',
    proofs: [
      broker('metrics/broker-metrics', 'counts what the contract lists'), broker('metrics/broker-metrics', 'a token handed out past its end'),
      broker('metrics/broker-metrics', 'the least time that was left'), broker('metrics/broker-metrics', 'tokens minted more than twice'), broker('metrics/broker-metrics', 'breakers are counted'),
      broker('metrics/broker-metrics', 'say what to do'),
    ],
  },
  {
    line: 45, sentence: 'Clock, random, fetch and vault are injected; a week passes in a second.',
    proofs: [
      broker('minting/week', '7 days of calls'), { file: 'test/lint/broker.spec.ts', title: 'the token broker has no clock' }, broker('oauth.int', 'a connection of client credentials'),
    ],
  },
  {
    line: 46, sentence: 'Shutdown waits for mints in flight at most 10 s.',
    proofs: [
      broker('minting/token-minter', 'shutting down waits'), broker('token-broker.int', 'told to stop'), nodes('a node that is told to stop'), nodes('kill -9 of the owner'),
    ],
  },
  {
    line: 47, sentence: 'Warm-up is bounded.',
    proofs: [
      broker('warm-up/warm-up', '1,000 connections whose tokens'), broker('warm-up/warm-up', 'what nobody has used within one lifetime'), broker('warm-up/warm-up', 'a partition is warmed up'),
    ],
  },
  { line: 48, sentence: 'The cache is bounded and never drops an entry being fetched.', proofs: [broker('cache/token-cache', 'holds the most recently used')] },
  {
    line: 49, sentence: 'The MCP conformance client suite passes through the broker.',
    proofs: ['auth/client-credentials-basic', 'auth/client-credentials-jwt', 'auth/scope-retry-limit', 'auth/token-endpoint-auth-%s'].map((scenario) => ({ file: 'test/conformance/mcp-client.int.spec.ts', title: `${scenario} passes` })),
  },
];
