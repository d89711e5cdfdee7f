import type { RegistryCommand, RegistryReply } from './commands.js';
import { decode, encode, subjectOf } from './codec.js';
import { decide } from './decide.js';
import { evolve } from './evolve.js';
import type { RegistryEvent } from './model.js';
import { restore, snapshot } from './snapshot.js';
import { initialRegistryState } from './state.js';

/** The registry's state machine: structurally the ledger's `StateMachine` (design.md 2). */
export function registryMachine() {
  return { initialState: initialRegistryState, decide, evolve, replyTo, encode, decode, snapshot, restore, maxEventBytes };
}

function replyTo(event: RegistryEvent, at: { readonly offset: number }): RegistryReply {
  return { id: subjectOf(event), registry_offset: at.offset, unchanged: false };
}

/** An event's data has the fields of its command; a character takes at most three bytes, and JSON has escaped the rest. */
function maxEventBytes(command: RegistryCommand): number {
  return 3 * JSON.stringify(command).length + 1024;
}
