/** One planted fault: an exact piece of a source file of the ledger, found once, and what replaces it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const MUTANTS: readonly Mutant[] = [
  { name: 'an event of a later epoch counts', file: 'fold.ts', from: 'parsed.epoch !== epoch ?', to: 'parsed.epoch < epoch ?' },
  { name: 'an event of a former epoch counts', file: 'fold.ts', from: 'parsed.epoch !== epoch ?', to: 'parsed.epoch > epoch ?' },
  { name: 'the sequence is not checked', file: 'fold.ts', from: 'parsed.sequence !== sequence + 1 ?', to: 'parsed.sequence < 1 ?' },
  { name: 'the chain is not checked', file: 'fold.ts', from: "parsed.prev !== head ? 'prev", to: "parsed.prev === '' ? 'prev" },
  { name: 'a claim of the current epoch is effective', file: 'fold.ts', from: 'claim.epoch !== epoch + 1', to: 'claim.epoch < epoch' },
  { name: 'a claim that skips an epoch is effective', file: 'fold.ts', from: 'claim.epoch !== epoch + 1', to: 'claim.epoch <= epoch' },
  { name: 'a claim does not go into the chain', file: 'fold.ts', from: 'head: mixHead(head, recordHash)', to: 'head' },
  { name: 'an acknowledgement counts at any offset', file: 'partition-owner.ts', from: 'outcome.baseOffset > resume.offset', to: 'outcome.baseOffset < 0' },
  { name: 'an unknown append is taken for failed', file: 'partition-owner.ts', from: "if (outcome.kind === 'unknown') {", to: "if (outcome.kind === 'unknown') { this.#speculation.proveVoid();" },
  { name: 'an acknowledgement below the expected offset is accepted', file: 'partition-owner.ts', from: 'outcome.baseOffset < resume.offset', to: 'outcome.baseOffset < 0' },
  { name: 'the end that a read shows is taken for caught up', file: 'partition-owner.ts', from: 'await reader.extend(fold, outcome.baseOffset + 1);', to: 'await reader.fold(fold);' },
  { name: 'it serves although its claim is void', file: 'partition-owner.ts', from: 'if (fold.resume.nonce !== claim.nonce)', to: "if (claim.nonce === '')" },
  { name: 'it serves although the chain is broken', file: 'partition-owner.ts', from: 'if (chainBreak?.isFinal === true)', to: "if (claim.nonce === '')" },
  { name: 'an idle owner does not look at the end', file: 'partition-owner.ts', from: 'if (end < expected)', to: 'if (end < 0)' },
  { name: 'a newer claim does not void what was sent', file: 'partition-owner.ts', from: '    this.#speculation.proveVoid();\n    if (!this', to: '    if (!this' },
  { name: 'state is patched, not refolded', file: 'speculation.ts', from: 'this.#state = fold.state;', to: 'this.#state = this.#epoch === 0 ? fold.state : this.#state;' },
  { name: 'answers do not wait for what they rest on', file: 'speculation.ts', from: 'this.#unsent.at(-1) ?? this.#inFlight.at(-1)', to: 'this.#inFlight.at(0)' },
  { name: 'a reply names the expected position, not the true one', file: 'speculation.ts', from: 'this.#replyTo(this.#inFlight.shift()!, at)', to: 'this.#replyTo(this.#inFlight[0]!, this.#inFlight.shift()!.at)' },
  { name: 'what was sent is reported as not decided', file: 'speculation.ts', from: '    for (const decided of this.#inFlight) collectFollowers(decided, undone);', to: '    for (const decided of this.#inFlight) undone.push(decided.item);' },
  { name: "the log's clock is not asked", file: 'event-clock.ts', from: 'if (apartMs > this.#toleranceMs)', to: 'if (apartMs < 0)' },
  { name: 'a suspended machine goes on as before', file: 'event-clock.ts', from: 'Math.abs(wallProgress - monotonicProgress) > this.#toleranceMs', to: 'wallProgress === undefined' },
  { name: 'a damaged snapshot is used', file: 'snapshotter.ts', from: 'sha256(snapshot.state) !== snapshot.stateHash', to: "snapshot.stateHash === ''" },
  { name: "a snapshot of another log is used", file: 'snapshotter.ts', from: '!(await isInLog(log, { topic, partition }, snapshot.resume))', to: 'snapshot.resume.offset < 0' },
  { name: 'a snapshot holds one event more than it says', file: 'speculation.ts', from: 'capture(this.#resumeAtTip(), this.#state)', to: 'capture({ ...this.#resumeAtTip(), offset: this.#tip.offset - 1 }, this.#state)' },
  { name: 'a snapshot is written before its events are acknowledged', file: 'snapshotter.ts', from: 'offset < this.#captured.resume.offset', to: 'offset < 0' },
  { name: 'a snapshot of undone events is kept', file: 'snapshotter.ts', from: '  interrupted(): void {\n    this.#captured = undefined;', to: '  interrupted(): void {' },
  { name: "outcomes are given to the wrong partition", file: 'group-commit.ts', from: 'const outcome = outcomes[index]!;', to: 'const outcome = outcomes[sources.length - 1 - index]!;' },
  { name: 'an unknown outcome is settled as acknowledged', file: 'group-commit.ts', from: 'source.settle(outcome);', to: "source.settle(outcome.kind === 'unknown' ? outcomes.find((other) => other.kind === 'acknowledged') ?? outcome : outcome);" },
];
