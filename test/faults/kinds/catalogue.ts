import { BROKER_FAULTS } from './brokers.js';
import { CLOCK_FAULTS } from './clocks.js';
import { DECIDER_FAULTS } from './deciders.js';
import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network.js';
import { STORE_FAULTS } from './stores.js';
import { STRANGER_FAULTS } from './strangers.js';

/** All kinds of faults, in the order of the table. */
export const FAULTS: readonly Fault[] = [...DECIDER_FAULTS, ...BROKER_FAULTS, ...NETWORK_FAULTS, ...CLOCK_FAULTS, ...STORE_FAULTS, ...STRANGER_FAULTS];
