import { describeEventLog } from './event-log.contract.js';
import { MemoryEventLog } from './memory.event-log.js';

describeEventLog('memory', async () => {
  const log = new MemoryEventLog();
  return { open: () => log, close: async () => undefined };
});
