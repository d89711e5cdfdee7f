/** What binds sealed arguments to their call: they open nowhere else. */
export function argumentsAad(grantId: string, callId: string): string {
  return `docket.decision.v1/arguments/${grantId}/${callId}`;
}
