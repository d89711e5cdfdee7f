/** Minting or revealing what opens something else is never less than `execute` (policy.md 6). */
export const HANDS_OUT_CREDENTIALS = 'hands out credentials';
