// Logins, driven step by step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, type AnyAdapter, type LoginContext, type LoginRun } from '../../src/adapter/api.ts';
import { Logins, type LoggedIn } from '../../src/back/logins.ts';
import { LinkError, type LoginProgress } from '../../src/link.ts';
import { StoreError } from '../../src/store/api.ts';
import { ManualClock, turn } from '../support/clock.ts';
import { KeptLog, fault, gate } from '../support/out-bench.ts';

type Run = (context: LoginContext<unknown, unknown>) => LoginRun<{ account: string; credentials: unknown }>;

async function* byToken(): LoginRun<{ account: string; credentials: unknown }> {
  const { token } = yield* ask({ title: 'Log in', fields: [{ name: 'token', label: 'Token' }] });
  if (token === 'wrong') throw fault({ code: 'rejected', reason: 'forbidden' }, 'This token is not valid.');
  return { account: `of ${token}`, credentials: { token } };
}

class Bench {
  readonly clock = new ManualClock();
  readonly log = new KeptLog();
  readonly logins = new Logins(this.clock, this.log);
  readonly entered: LoggedIn[] = [];
  enter = (result: LoggedIn): Promise<number> => {
    this.entered.push(result);
    return Promise.resolve(7);
  };

  begin(run: Run = byToken, whose = 'juliet'): Promise<LoginProgress> {
    const logins = [{ id: 'token', title: 'Token', run }];
    const adapter: AnyAdapter = {
      ...{ api: 1, id: 'toy', name: 'Toy', parseConfig: (input: unknown) => input },
      ...{ logins, connect: () => Promise.reject(new Error('not here')) },
    };
    const enter = (result: LoggedIn): Promise<number> => this.enter(result);
    return this.logins.begin({ adapter, config: {}, login: 'token', whose, previous: undefined, enter });
  }
}

const flowOf = (progress: LoginProgress): string => ('flow' in progress ? progress.flow : assert.fail(progress.type));
const refusedAs = (code: string) => (error: unknown) => error instanceof LinkError && error.failure.code === code;

/** A login of which the network thinks until it is told to answer. */
async function slow(bench: Bench): Promise<{ flow: string; answer: ReturnType<typeof gate<void>> }> {
  const answer = gate<void>();
  const begun = await bench.begin(async function* () {
    const result = yield* byToken();
    await answer.promise;
    return result;
  });
  return { flow: flowOf(begun), answer };
}

test('a form, the right answer, an account', async () => {
  const bench = new Bench();
  const form = await bench.begin();
  assert(form.type === 'form');
  assert.equal(form.form.fields[0]?.name, 'token');
  assert.deepEqual(await bench.logins.proceed(form.flow, { token: 't' }), { type: 'done', account: 7 });
  assert.deepEqual(bench.entered, [{ account: 'of t', credentials: { token: 't' }, state: new Map() }]);
  await assert.rejects(bench.logins.proceed(form.flow, {}), refusedAs('expired'));
  assert.equal(bench.clock.timers, 0);
});

test("a wrong answer ends the flow with the adapter's words", async () => {
  const bench = new Bench();
  const flow = flowOf(await bench.begin());
  const failure = { code: 'forbidden', detail: 'This token is not valid.' };
  assert.deepEqual(await bench.logins.proceed(flow, { token: 'wrong' }), { type: 'refused', failure });
  assert.deepEqual(bench.entered, []);
});

test('an error that is no AdapterError is told with a reference, and its words only to the operator', async () => {
  const bench = new Bench();
  const progress = await bench.begin(async function* () {
    await turn();
    if (bench.entered.length === 0) throw new Error('secret');
    yield { type: 'form', title: '', fields: [] };
    return { account: '', credentials: null };
  });
  assert(progress.type === 'refused' && progress.failure.code === 'internal');
  assert(progress.failure.reference !== undefined);
  assert.doesNotMatch(JSON.stringify(progress), /secret/);
  assert.deepEqual(bench.log.of('error'), ['a login failed']);
});

test('a login of the same user ends the one before, whose finally runs', async () => {
  const bench = new Bench();
  let cleaned = false;
  const first = flowOf(
    await bench.begin(async function* () {
      try {
        return yield* byToken();
      } finally {
        cleaned = true;
      }
    }),
  );
  await bench.begin();
  assert.equal(cleaned, true);
  await assert.rejects(bench.logins.proceed(first, {}), refusedAs('expired'));
});

test('logins of different users do not disturb each other', async () => {
  const bench = new Bench();
  const [one, two] = [flowOf(await bench.begin()), flowOf(await bench.begin(byToken, 'romeo'))];
  assert.equal((await bench.logins.proceed(one, { token: 'a' })).type, 'done');
  assert.equal((await bench.logins.proceed(two, { token: 'b' })).type, 'done');
});

test('a second reply while the first is looked at is refused', async () => {
  const bench = new Bench();
  const { flow, answer } = await slow(bench);
  const first = bench.logins.proceed(flow, { token: 'a' });
  await assert.rejects(bench.logins.proceed(flow, { token: 'b' }), refusedAs('conflict'));
  answer.open();
  assert.equal((await first).type, 'done');
});

test('what is not gone on with for ten minutes is abandoned', async () => {
  const bench = new Bench();
  let aborted = false;
  const flow = flowOf(
    await bench.begin((context) => {
      context.signal.addEventListener('abort', () => (aborted = true));
      return byToken();
    }),
  );
  await bench.clock.advance(599_999);
  assert.equal(aborted, false);
  await bench.clock.advance(1);
  assert.equal(aborted, true);
  await assert.rejects(bench.logins.proceed(flow, {}), refusedAs('expired'));
});

test('a step of the network that never ends is answered all the same', async () => {
  const bench = new Bench();
  const flow = flowOf(
    await bench.begin(async function* () {
      const result = yield* byToken();
      await gate<void>().promise;
      return result;
    }),
  );
  const hung = bench.logins.proceed(flow, { token: 'a' });
  await bench.clock.advance(600_000);
  assert.deepEqual(await hung, { type: 'refused', failure: { code: 'expired' } });
});

test('a login that is abandoned while it succeeds opens no account', async () => {
  const bench = new Bench();
  const { flow, answer } = await slow(bench);
  const proceeding = bench.logins.proceed(flow, { token: 'a' });
  await bench.logins.abandon(flow);
  answer.open();
  assert.equal((await proceeding).type, 'refused');
  await turn();
  assert.deepEqual(bench.entered, []);
});

test('after "show" the next step is asked for at once', async () => {
  const bench = new Bench();
  const shown = await bench.begin(async function* () {
    yield { type: 'show', as: 'link', value: 'https://example.org/x' };
    await turn();
    return { account: 'x', credentials: {} };
  });
  assert(shown.type === 'show' && shown.value === 'https://example.org/x');
  assert.equal((await bench.logins.proceed(shown.flow, {})).type, 'done');
});

for (const [code, error] of [
  ['conflict', new LinkError({ code: 'conflict' })],
  ['quota', new StoreError('full', 'no room')],
] as const)
  test(`an account that cannot be stored is refused as ${code}`, async () => {
    const bench = new Bench();
    bench.enter = () => Promise.reject(error);
    const flow = flowOf(await bench.begin());
    assert.deepEqual(await bench.logins.proceed(flow, { token: 'a' }), { type: 'refused', failure: { code } });
  });

test('an unknown way to log in is not found', async () => {
  const bench = new Bench();
  const adapter = { logins: [] } as unknown as AnyAdapter;
  const begin = { adapter, config: {}, login: 'x', whose: 'j', previous: undefined, enter: bench.enter };
  await assert.rejects(bench.logins.begin(begin), refusedAs('not-found'));
});
