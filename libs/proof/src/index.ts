export { faultText, type Fault } from './fault.js';
export { eventProblems } from './event-problems.js';
export { TrustedKeys } from './trusted-keys.js';
export { verifyPartition, type VerifiedPartition, type VerifyPartitionOptions } from './verify-partition.js';
export type { PartitionSummary } from './partition-verifier.js';
export { Receipts, readReceipts, type Receipt } from './receipts.js';
export { copyLine, parseCopy, type HeadCopy } from './head-copy.js';
export { copyFileName, openHeadCopies, type HeadCopies } from './head-copies.js';
export { headKeysPem, parseHeadKeys, writeHeadKeys } from './head-keys.file.js';
