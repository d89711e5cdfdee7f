/** People whose approval is recorded for one approval: more than any rule asks for. */
export const APPROVERS_MAX = 16;
export const APPROVAL_COMMENT_LENGTH_MAX = 256;
