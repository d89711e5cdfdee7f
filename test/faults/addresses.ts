import { freePorts } from '#local-services';

/** Free addresses of this machine, all different, at ports that the system gives to no connection that is made meanwhile. */
export async function freeAddresses(count: number): Promise<string[]> {
  return (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
}
