import { DocketError } from '#errors';
import { CliError } from './cli-error.js';
import { projectionError } from './projection-error.js';

const database = (code: string, message = 'why'): Error => Object.assign(new Error(message), { code });

it.each([
  ['a refused connection', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 6, /^the database cannot be reached: ECONNREFUSED$/],
  ['a host without a name', database('ENOTFOUND', 'getaddrinfo ENOTFOUND db'), 6, /cannot be reached/],
  ['a server that does not answer', new Error('timeout expired'), 6, /cannot be reached: timeout expired/],
  ['a pool without a connection in time', new Error('timeout exceeded when trying to connect'), 6, /cannot be reached/],
  ['a connection that is cut', new Error('Connection terminated unexpectedly'), 6, /cannot be reached/],
  ['a server that is starting or stopping', database('57P03', 'the database system is starting up'), 6, /starting up/],
  ['a full disk', database('53100', 'No space left on device'), 6, /No space left/],
  ['too many connections', database('53300', 'too many clients'), 6, /too many clients/],
  ['a log that is away', new DocketError('unavailable', { reason: 'X', message: 'the log is away' }), 6, /^the log is away$/],
  ['lost records', new DocketError('data_loss', { reason: 'X', message: 'offset 3 is missing' }), 1, /^offset 3 is missing$/],
  ['a wrong file', new DocketError('invalid_argument', { reason: 'X', message: 'mine.ts: no' }), 2, /^mine.ts: no$/],
  ['a database that nothing is projected into', database('42P01'), 1, /^nothing is projected into this database yet/],
  ['a wrong password', database('28P01', 'password authentication failed'), 1, /^the database refuses this login: password authentication failed$/],
  ['no such database', database('3D000', 'database "x" does not exist'), 1, /^the database answers: database "x" does not exist$/],
  ['a role that may not', database('42501', 'permission denied for schema docket_tables'), 1, /^the database refuses: permission denied for schema docket_tables/],
])('says in one line what %s is, with the exit code of its kind', (_what, error, exitCode, message) => {
  const told = projectionError(error);
  expect(told).toBeInstanceOf(CliError);
  expect(told).toMatchObject({ exitCode, message: expect.stringMatching(message) as string });
});

it('leaves a fault of the program as it is', () => {
  const fault = new TypeError('x is not a function');
  expect(projectionError(fault)).toBe(fault);
});
