import { lossesUnderLoad, type LossFigure } from './cluster.js';
import { takeOverAt, type LengthFigure } from './log-length.js';

const LENGTHS = [10_000, 1_000_000];
const ROUNDS = 3;

/** `npm run bench -- --take-over`: how long a partition is not served when its owner goes away, by the log's length and by how it goes. */
export async function benchTakeOver(say: (line: string) => void, handOvers?: number): Promise<{ readonly lengths: readonly LengthFigure[]; readonly losses: readonly LossFigure[] }> {
  const found: LengthFigure[] = [];
  for (const events of handOvers === undefined ? LENGTHS : []) found.push(await takeOverAt(events, say));
  const losses = await lossesUnderLoad(handOvers ?? ROUNDS, handOvers === undefined ? ['SIGTERM', 'SIGKILL'] : ['SIGTERM'], say);
  say('\n| events in the partition | from the beginning | handed over | owner vanished | of that after being told |\n|---:|---:|---:|---:|---:|');
  for (const { events, coldMs, handedOverMs, vanishedMs, takingMs } of found) say(`| ${[events.toLocaleString('en'), ...[coldMs, handedOverMs, vanishedMs, takingMs].map((ms) => `${Math.round(ms)} ms`)].join(' | ')} |`);
  say('\n| one of three deciders gets | longest call | longest before | usually | calls/s | failed |\n|---|---:|---:|---:|---:|---:|');
  for (const { how, longestMs, longestBeforeMs, usualMs, callsPerSecond, failed, calls } of losses) {
    say(`| ${[how, ...[longestMs, longestBeforeMs, usualMs].map((ms) => `${Math.round(ms)} ms`), callsPerSecond, `${failed} of ${calls}`].join(' | ')} |`);
  }
  return { lengths: found, losses };
}
