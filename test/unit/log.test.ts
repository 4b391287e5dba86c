import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONCEALED, createLog, type LogOptions } from '../../src/log.ts';

/** A log whose lines are kept, with a clock that stands still. */
function kept(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'info', content: false, now: () => 0, output, ...options });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is JSON with level, time, what correlates it, and the message', () => {
  const { log, parsed } = kept();
  log.child({ account: 7 }).child({ lane: 'out/7/3' }).warn({ entry: 12 }, 'parked');
  assert.deepEqual(parsed(), [
    { level: 'warn', time: '1970-01-01T00:00:00.000Z', account: 7, lane: 'out/7/3', entry: 12, message: 'parked' },
  ]);
});

test('what is below the level is not written', () => {
  const { log, lines } = kept({ level: 'warn' });
  log.info({}, 'quiet');
  log.debug({}, 'quieter');
  assert.deepEqual(lines, []);
});

test('secrets are concealed at any depth, by the name of their field', () => {
  const { log, lines } = kept({ content: true });
  log.info({ token: 'hush1', login: { botToken: 'hush2', fields: [{ password: 'hush3' }] } }, 'x');
  log.info({ options: new Map([['api_key', 'hush4']]), credentials: { session: 'hush5' } }, 'x');
  log.error({ error: Object.assign(new Error('no'), { secret: 'hush6' }) }, 'x');
  assert.doesNotMatch(lines.join(''), /hush/);
  assert.match(lines.join(''), /\[concealed\]/);
});

test('a secret that is known is concealed within any text, errors and their causes too', () => {
  const { log, lines } = kept({ conceal: ['s3cr3t'] });
  const session = log.child({ account: 7 }, ['123:ABC']);
  const cause = new Error('GET https://api.example/bot123:ABC/getMe');
  session.error({ error: new Error('s3cr3t failed', { cause }), url: '/bot123:ABC/x' }, 'call of 123:ABC failed');
  assert.doesNotMatch(lines.join(''), /s3cr3t|123:ABC/);
  assert.match(lines.join(''), /call of \[concealed\] failed/);
});

const written = { body: 'dear diary', entry: { content: { text: 'dear diary' } }, stanza: '<body>dear diary</body>' };
test('texts of messages are concealed unless log.content is true', () => {
  const closed = kept();
  closed.log.info(written, 'sent');
  assert.doesNotMatch(closed.lines.join(''), /diary/);
  assert.equal(closed.parsed()[0]?.['body'], CONCEALED);
  const open = kept({ content: true });
  open.log.info(written, 'sent');
  assert.equal(open.parsed()[0]?.['body'], 'dear diary');
});

test('an error is told with its name, code, stack and cause', () => {
  const { log, parsed } = kept();
  log.error({ error: Object.assign(new TypeError('wrong', { cause: new Error('deep') }), { code: 'EX' }) }, 'failed');
  const error = parsed()[0]?.['error'] as Record<string, unknown> & { cause: { message: string } };
  assert.deepEqual(
    [error['name'], error['message'], error['code'], error.cause.message],
    ['TypeError', 'wrong', 'EX', 'deep'],
  );
  assert.match(String(error['stack']), /log\.test\.ts/);
});

test('a circle, bytes, and values that JSON lacks do no harm', () => {
  const { log, lines } = kept();
  const circle: Record<string, unknown> = { big: 1n, bytes: new Uint8Array(3), call: () => 1 };
  circle['self'] = circle;
  log.info({ circle }, 'x');
  assert.match(lines[0] ?? '', /"big":"1","bytes":"\[3 bytes\]","call":"\[function\]"/);
});
