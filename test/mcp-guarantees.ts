import type { Proof } from './guarantees.js';

/** A row of the MCP gateway's contract (section 2), and the tests that fail when it does not hold. */
export interface McpGuarantee {
  readonly id: string;
  readonly about: string;
  readonly proofs: readonly [Proof, ...Proof[]];
  /** How the row is meant where its words leave room. */
  readonly note?: string;
}

const of = (folder: string) => (file: string, title: string): Proof => ({ file: `${folder}/${file}.spec.ts`, title });
const calls = of('apps/mcp-gateway/src/calls');
const upstreams = of('apps/mcp-gateway/src/upstreams');
const app = of('apps/mcp-gateway/src');
const e2e = of('test/e2e');
const edge = of('apps/mcp-gateway/src/edge');
const mcp = of('libs/mcp/src');
const conformance = of('test/conformance');
const registry = of('apps/decider/src/registry');
const pins = of('apps/mcp-gateway/src/tool-pins');
const held = (title: string): Proof => e2e('mcp-approvals.int', title);

/** Each row once. What is not in here is in NOT_OFFERED, with the reason. */
export const MCP_GUARANTEES: readonly McpGuarantee[] = [
  {
    id: 'E1', about: 'Both eras on one URL at once; neither sees the other’s state.',
    proofs: [edge('era.int', 'both eras are served'), edge('official-clients.int', 'the official client of the sessions’ era, unmodified'), edge('official-clients.int', 'the official client of the modern era, unmodified')],
  },
  {
    id: 'E2', about: 'server/discover: versions, capabilities, cache hints.',
    proofs: [edge('era.int', 'server/discover says')],
  },
  {
    id: 'E3', about: 'A version that is not served is refused with those that are.',
    proofs: [edge('era.int', 'a version that is not served')],
  },
  {
    id: 'E4', about: 'Every request says its version and capabilities for itself.',
    proofs: [edge('era.int', 'a request without %s is refused, although')],
  },
  {
    id: 'E5', about: 'initialize is answered with the version asked for, or the latest; a bad header is refused.',
    proofs: [edge('era.int', 'initialize for %s'), edge('era.int', 'a session’s request without MCP-Protocol-Version'), mcp('protocol', 'initialize for %j')],
  },
  {
    id: 'H1', about: 'Origins and, on this machine’s own addresses, hosts are checked.',
    proofs: [edge('doors.int', 'a page of another origin'), conformance('mcp-gateway.int', 'the official conformance suite')],
  },
  {
    id: 'H2', about: 'GET and DELETE are for live sessions; modern requests have no session.',
    proofs: [edge('era.int', 'on modern requests a session id'), edge('era.int', 'GET and DELETE are for live sessions'), edge('era.int', 'without the era of sessions')],
  },
  {
    id: 'H3', about: 'An unknown method is HTTP 404 with -32601.',
    proofs: [edge('era.int', 'a method that there is not')],
  },
  {
    id: 'H4', about: 'Mirrored headers are there and equal to the body.',
    proofs: [edge('era.int', 'the body decides'), mcp('header-values', 'header and body of a call'), calls('mirrored-arguments', 'an argument whose mirrored header')],
  },
  {
    id: 'H5', about: 'Mirrored values are decoded; names know no case, values do, numbers are numbers.',
    proofs: [edge('era.int', 'header names know no case'), mcp('header-values', 'the header value %j'), mcp('header-values', 'mirrored arguments: %s')],
  },
  {
    id: 'H8', about: 'Nothing is decided on headers.',
    proofs: [edge('era.int', 'the body decides')],
  },
  {
    id: 'H9', about: 'One message a request; answers of clients only in sessions.',
    proofs: [edge('era.int', 'a batch executes nothing'), edge('era.int', 'answers of clients are refused')],
  },
  {
    id: 'H10', about: 'Keys twice, __proto__, NaN, depth and size are refused; what goes on is written anew.',
    proofs: [edge('era.int', '%s is refused before anybody'), edge('era.int', 'a body that is too large'), mcp('json', 'refuses %j: %s'), mcp('json', 'accepts nothing that JSON.parse refuses'), mcp('json', 'every number literal leaves')],
  },
  {
    id: 'H11', about: 'Streams are not buffered, and kept alive.',
    proofs: [edge('streams.int', 'long streams are kept alive'), edge('streams.int', 'an answer that takes long')],
  },
  {
    id: 'H12', about: 'Both media types must be accepted; JSON or a stream comes.',
    proofs: [edge('era.int', 'both media types')],
  },
  {
    id: 'R1', about: 'No reserved code but the three that are defined.',
    proofs: [mcp('protocol', 'a modern client is never sent'), mcp('protocol', 'every code of ours'), edge('era.int', 'what a handler answers with reserved codes')],
  },
  {
    id: 'R6', about: 'Bad grant: 401 and a challenge; another server: 403.',
    proofs: [edge('doors.int', 'without a grant token'), edge('doors.int', 'a grant of another server')],
    note: 'grants have no scopes, so no operation wants one: insufficient_scope is never said',
  },
  {
    id: 'C8', about: 'Modern: closing the stream cancels, and takes back what people were asked for. Sessions: notifications/cancelled cancels.',
    proofs: [edge('era.int', 'closing the stream cancels'), edge('era.int', 'a client with a session that goes away'), calls('approvals', 'a client of the modern era that goes away'), calls('approvals', '%s leaves it as it is'), held('a client that closes its stream')],
  },
  {
    id: 'C10', about: 'No log message without the level.',
    proofs: [edge('era.int', 'no log message without')],
  },
  {
    id: 'C9', about: 'A round or a task that is asked for again after its answer was lost is charged and carried out once.',
    proofs: [calls('calls', 'gets its state back from whom it asked'), calls('calls', 'lets one call pass, whichever of its states'), calls('tasks', 'that is approved is carried out once'), calls('tasks', 'that another gateway carries out'), held('a task is carried out')],
    note: 'a first call that is sent again without a state is another call: nothing tells them apart',
  },
  {
    id: 'I2', about: 'requestState is sealed, bound, and serves once.',
    proofs: [calls('calls', 'lets one call pass, whichever of its states'), calls('request-state', 'a state that was changed anywhere'), calls('request-state', 'a state of another %s'), calls('request-state', 'fields of a binding'), calls('request-state', 'a state ends')],
  },
  {
    id: 'I8', about: 'A client is asked over a live stream, if it has said that it answers; else a clean refusal.',
    proofs: [edge('streams.int', 'a client is asked over the live stream'), edge('streams.int', 'a client that cannot answer'), calls('held-calls', 'is shown the page while its call is held'), calls('held-calls', '%s is not asked')],
  },
  {
    id: 'S1', about: 'A subscription is acknowledged first, stamped, filtered, and ended with a result.',
    proofs: [edge('streams.int', 'a subscription is acknowledged first'), edge('streams.int', 'a subscription of nothing')],
  },
  {
    id: 'S2', about: 'Changes reach listeners through the registry’s log, whichever gateway they are at.',
    proofs: [e2e('mcp-gateway.e2e', 'an edit of the policy'), e2e('mcp-gateway.e2e', 'a tool that its server says something else of'), pins('registry.tool-pins', 'follow an approval, and tell of it')],
  },
  {
    id: 'S3', about: 'Sessions are their grant’s.',
    proofs: [edge('doors.int', 'sessions are their grant’s'), edge('hostile.int', 'a grant that ends takes')],
  },
  {
    id: 'S4', about: 'Who comes back gets what was missed of that stream.',
    proofs: [edge('streams.int', 'what was missed of a stream'), edge('streams.int', 'coming back for %j'), edge('streams.int', 'before it ends a session’s stream')],
  },
  {
    id: 'S7', about: 'One message, one stream.',
    proofs: [edge('streams.int', 'one message goes to one stream')],
  },
  {
    id: 'A1', about: 'RFC 9728 metadata, found from the 401.',
    proofs: [edge('doors.int', 'without a grant token'), edge('doors.int', 'the resource is the URL')],
  },
  {
    id: 'A2', about: 'Tokens in Authorization only.',
    proofs: [edge('doors.int', 'a token in the query')],
  },
  {
    id: 'A4', about: 'A grant opens its server only.',
    proofs: [edge('doors.int', 'a grant of another server')],
  },
  {
    id: 'A5', about: 'No offline_access, no scopes.',
    proofs: [edge('doors.int', 'no interactive authorization')],
  },
  { id: 'A6', about: 'Interactive sign-in at upstreams is not offered: no client is registered, no metadata of an upstream is followed.', proofs: [edge('doors.int', 'no interactive authorization, no consent'), upstreams('hostile.int', 'answers %i is not asked again, and signs nobody in')], note: 'credentials come from the token broker' },
  { id: 'A7', about: 'There is no consent page to be confused: nobody signs in at an upstream through the gateway.', proofs: [edge('doors.int', 'no interactive authorization, no consent')] },
  {
    id: 'A9', about: 'Handles are their principal’s.',
    proofs: [edge('doors.int', 'sessions are their grant’s'), calls('request-state', 'a state of another %s')],
  },
  {
    id: 'R3', about: 'A denial of a visible tool is a result with isError, for the model to read.',
    proofs: [calls('calls', 'that is refused (%s) is a result'), e2e('mcp-gateway.e2e', 'official clients of both eras list, call')],
  },
  {
    id: 'R4', about: 'A hidden tool is byte for byte one that there is not, of the same latency class.',
    proofs: [calls('calls', 'of a hidden tool, of one that there is not'), e2e('mcp-gateway.e2e', 'a hidden tool is byte for byte')],
    note: 'the same latency class: each takes exactly one decision and no more; time is not asserted',
  },
  { id: 'R5', about: '-32021 of an upstream is translated.', proofs: [calls('calls', 'that the server answers with an error of the protocol'), upstreams('hostile.int', 'answers with the error %i')] },
  { id: 'R7', about: 'A rate limit is a result with the seconds to wait.', proofs: [calls('calls', 'that is refused (%s) is a result'), e2e('mcp-gateway.e2e', 'the 61st refresh')] },
  { id: 'T1', about: 'The list does not depend on earlier calls.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T2', about: 'The list has one order.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T3', about: 'Lists and reads say how long they may be kept.', proofs: [calls('calls', 'is what was approved, in order')] },
  {
    id: 'T4', about: 'What is shown to one grant is for that grant only, on every page; nothing of an upstream’s answers is kept.',
    proofs: [calls('calls', 'is what was approved, in order'), calls('calls', 'has pages that are full'), calls('calls', 'what a server calls public is private'), edge('era.int', 'server/discover says')],
    note: 'the gateway keeps no answers: definitions come from the pins, everything else from the upstream each time',
  },
  { id: 'T5', about: 'Cursors are opaque; one that is none is refused.', proofs: [calls('calls', 'has pages that are full')] },
  { id: 'T6', about: 'Filtering makes no empty page, and page sizes tell nothing.', proofs: [calls('calls', 'has pages that are full')] },
  { id: 'T7', about: 'Edits reach those who listen.', proofs: [calls('calls', 'those who listen hear of approved tools'), e2e('mcp-gateway.e2e', 'an edit of the policy')] },
  { id: 'T8', about: 'Definitions are served whole.', proofs: [calls('calls', 'is what was approved, in order')] },
  { id: 'T9', about: 'No reference is fetched; validation is bounded.', proofs: [calls('argument-schemas', '%s is left to the server'), calls('argument-schemas', 'patterns take linear time'), calls('argument-schemas', 'counts what a validation may visit')] },
  {
    id: 'T10', about: 'Names of tools: 1 to 128 of A-Za-z0-9_.-, with their case; collisions refused, reserved names protected.',
    proofs: [calls('tool-names', 'that is none, %j'), calls('tool-names', 'counts with its case'), calls('tool-names', 'that the gateway answers itself'), calls('tool-names', 'that a server lists twice'), registry('tools.controller.int', 'are left out alone if they cannot be pinned'), pins('registry.tool-pins', 'count as changed what differs')],
    note: 'each server has its own address, so nothing is aggregated and no name gets a prefix',
  },
  { id: 'C1', about: 'Every way to the server is decided; what is not known is denied.', proofs: [calls('calls', '%s is decided under its own name'), calls('calls', '%s is no method'), calls('calls', 'is not made when nobody can decide')] },
  { id: 'C2', about: 'Results are forwarded whole.', proofs: [calls('calls', 'is decided with its exact arguments')] },
  { id: 'C4', about: 'resultType: added where it is missing, refused where it is unknown.', proofs: [calls('calls', 'is decided with its exact arguments'), calls('calls', 'that ends with %s is settled'), upstreams('eras.int', 'a result that it originates')] },
  { id: 'C5', about: 'Arguments are checked before the decision; what is wrong is told to the model.', proofs: [calls('calls', 'whose arguments do not fit')] },
  { id: 'C6', about: 'Foreign _meta goes through, ours cannot be forged, clientInfo decides nothing.', proofs: [calls('calls', 'foreign keys of _meta go through')] },
  { id: 'C7', about: 'Progress only for tokens given, strictly increasing.', proofs: [calls('calls', 'progress is told only'), upstreams('eras.int', 'two clients with the same progress token')] },
  { id: 'I1', about: 'Input is asked for only where it may be, and with something to ask or a state.', proofs: [upstreams('hostile.int', '%s ends in a clear answer'), calls('calls', 'gets its state back from whom it asked'), conformance('mcp-gateway.int', 'the official conformance suite')] },
  { id: 'I7', about: 'Credentials of third parties do not pass through the client.', proofs: [calls('calls', 'asks a client of a session over its stream'), calls('calls', 'takes the place of its stand-in on the way'), e2e('mcp-gateway.e2e', 'the 61st refresh')] },
  { id: 'I3', about: 'An upstream’s state is wrapped in ours.', proofs: [calls('calls', 'gets its state back from whom it asked')] },
  { id: 'I4', about: 'Nothing is asked that the client has not declared.', proofs: [calls('calls', 'asks a client of a session over its stream'), calls('held-calls', 'is shown the %s of a call'), calls('held-calls', 'is shown nothing where'), calls('tasks', 'servers hear nothing of tasks')] },
  { id: 'I5', about: 'A retry is decided anew, charged once, with the same arguments.', proofs: [calls('calls', 'gets its state back from whom it asked')] },
  {
    id: 'I6', about: 'No form asks for a secret; the page’s address opens nothing, and holds nothing but the approval’s name.',
    proofs: [calls('calls', 'asks a client of a session over its stream'), calls('held-calls', 'is asked for nothing by a form'), calls('held-calls', 'approves nothing by accepting'), app('config', 'people are sent to a page')],
    note: 'who opens the page signs in there, and decides as who he is',
  },
  { id: 'K1', about: 'A task only for who has declared tasks on this request.', proofs: [calls('tasks', 'is a task for who has declared tasks'), held('a task is carried out')] },
  { id: 'K2', about: 'A task can be looked at as soon as its id is known, anywhere.', proofs: [calls('tasks', 'is there at once'), held('a task is carried out')] },
  { id: 'K3', about: 'Denied and expired tasks are completed with an error for the model; failed ones are errors of the protocol.', proofs: [calls('tasks', 'whose approval is %s'), calls('tasks', 'whose server answers with an error')] },
  { id: 'K4', about: 'Unknown and ended tasks, and clients without the capability, are refused.', proofs: [calls('tasks', '%s: must hold its grant'), edge('streams.int', 'who listens to tasks')] },
  { id: 'K5', about: 'A task is its grant’s; ids tell nothing and cannot be guessed.', proofs: [calls('tasks', '%s: must hold its grant'), calls('tasks', 'learns nothing from the id')] },
  { id: 'K6', about: 'No key of a question is used twice.', proofs: [calls('tasks', 'asks its client for what the server wants')] },
  { id: 'K7', about: 'Mcp-Name is the task’s id.', proofs: [mcp('header-values', '%s mirrors params.%s')] },
  { id: 'K8', about: 'There is no tasks/result, and tasks of the older kind are ignored.', proofs: [calls('tasks', 'has no list and no other way'), calls('tasks', 'servers hear nothing of tasks')] },
  { id: 'K9', about: 'Streams of tasks carry no progress and no log.', proofs: [calls('tasks', 'tells nothing while it works')] },
  {
    id: 'E6', about: 'Only what both can do is offered; what an upstream is, is asked again, and never concluded from a refusal.',
    proofs: [upstreams('eras.int', 'a server that speaks the other era'), upstreams('eras.int', 'a server that answers %i when'), upstreams('eras.int', 'what a server is, is asked again'), upstreams('eras.int', 'a server that refuses the one version')],
  },
  {
    id: 'E7', about: 'Servers of both eras are called, with progress, questions and changes; what cannot be bridged ends with a reason.',
    proofs: [upstreams('eras.int', 'says what it is, is called'), upstreams('eras.int', 'progress comes under'), upstreams('eras.int', 'a change of its tools'), upstreams('eras.int', 'what neither was declared'), upstreams('eras.int', 'a legacy server asks the client'), upstreams('eras.int', 'a modern server\'s need for input')],
  },
  {
    id: 'H6', about: 'Arguments are mirrored into headers upstream; tools that ask for it wrongly are left out.',
    proofs: [upstreams('eras.int', 'headers mirror the request'), upstreams('hostile.int', 'lists tools with invalid x-mcp-header'), of('libs/mcp/src')('param-headers', 'an annotation %s'), conformance('mcp-upstream.int', 'the official suite’s scenario for clients')],
  },
  {
    id: 'H7', about: 'Mirrored headers are made from the request that is sent; unknown ones go through.',
    proofs: [upstreams('eras.int', 'headers mirror the request')],
    note: 'the gateway renames no tools; arguments change where a stand-in gives way to a token',
  },
  {
    id: 'R2', about: 'Codes that were never to be used are not passed on.',
    proofs: [mcp('protocol', 'a modern client is never sent'), edge('era.int', 'what a handler answers with reserved codes'), upstreams('hostile.int', 'answers with the error %i')],
  },
  {
    id: 'S5', about: 'A session that a server has forgotten is opened again once, unseen.',
    proofs: [upstreams('eras.int', 'a session that the server has forgotten')],
  },
  {
    id: 'S6', about: 'The client’s session id goes no further.',
    proofs: [edge('streams.int', 'what a session may hear'), upstreams('eras.int', 'neither the grant nor anything')],
  },
  {
    id: 'A3', about: 'The grant never goes upstream; the upstream gets its own token.',
    proofs: [edge('doors.int', 'what is no token at all'), edge('doors.int', 'no token is in the log'), upstreams('eras.int', 'neither the grant nor anything'), upstreams('tokens.int', 'every request carries the token')],
  },
  {
    id: 'A8', about: 'No request goes inside, in the clear, or where a redirect leads.',
    proofs: [upstreams('addresses.int', '%s is not sent to'), upstreams('addresses.int', 'a name that points to %s'), upstreams('addresses.int', 'a name is looked up once'), upstreams('addresses.int', 'a certificate that nobody'), upstreams('hostile.int', 'answers %i leads nobody')],
  },
  {
    id: 'A11', about: 'No secret is in logs, metrics, errors or the event log.',
    proofs: [edge('doors.int', 'no token is in the log'), upstreams('tokens.int', 'a server that repeats the token'), e2e('mcp-gateway.e2e', 'a grant opens its own server only'), e2e('canary.e2e', 'no marked secret or token is anywhere')],
  },
  {
    id: 'A10', about: 'Programs run without a shell, with the environment that is configured, and end with the gateway.',
    proofs: [upstreams('stdio.int', 'a child has the environment'), upstreams('stdio.int', 'nothing that was started outlives'), upstreams('stdio.int', 'a child that says something without end')],
    note: 'no sandbox: they come from a file of the operator, and run as the gateway does',
  },
];

/** Rows that are not offered, or that hold by what is not there. */
export const NOT_OFFERED: Readonly<Record<string, string>> = {
  C3: 'results are not rewritten but for tokens of upstreams, which are no part of what a schema describes',
};
