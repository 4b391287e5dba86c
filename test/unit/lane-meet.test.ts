// Where the two lanes of a chat meet, from the user's side: what he changes while it is queued, when it failed, when it is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sent, Session } from '../../src/adapter/api.ts';
import type { OutBody } from '../../src/message/entry.ts';
import { OutBench, fault, gate, uncertain } from '../support/out-bench.ts';

const chat = { kind: 'direct', id: 'user 1' } as const;
const sender = (id: string) => ({ jid: 'juliet@example.org/balcony', id, receipt: true }) as const;
const edit = (target: string, text: string): OutBody => ({
  ...{ type: 'edit', chat, target: `stanza ${target}`, content: { text }, sender: sender(`edit ${text}`) },
});
const retract = (target: string): OutBody => ({
  ...{ type: 'retract', chat, target: `stanza ${target}`, sender: sender(`retract ${target}`) },
});
const react = (target: string, ...emojis: string[]): OutBody => ({
  ...{ type: 'react', chat, target: `stanza ${target}`, emojis, sender: sender(`react ${target}`) },
});

/** A session that can do all, and says what it did. */
function deeds(): { readonly done: string[]; readonly means: Partial<Session> } {
  const done: string[] = [];
  const note = (text: string) => {
    done.push(text);
    return Promise.resolve();
  };
  return {
    done,
    means: {
      edit: (_, target, { text }) => note(`edit ${target}: ${text}`),
      retract: (_, target) => note(`retract ${target}`),
      react: (_, target, emojis) => note(`react ${target}: ${emojis.join('')}`),
    },
  };
}

test('an edit of a message still queued stands behind it', async (t) => {
  const bench = await OutBench.open(t);
  const { done, means } = deeds();
  const first = gate<Sent>();
  bench.network.answer = () => first.promise;
  bench.online(means);
  await bench.write(['one']);
  await bench.accept(edit('one', 'two'));
  await bench.settle();
  assert.deepEqual(done, []);
  first.open({ id: '7' });
  await bench.settle();
  assert.deepEqual(done, ['edit 7: two']);
  assert.deepEqual(await bench.told(), ['receipt stanza one', 'receipt edit two']);
});

test('an edit of a message that failed is sent as a message; a retraction of it is settled', async (t) => {
  const bench = await OutBench.open(t);
  const { done, means } = deeds();
  bench.network.failing(fault({ code: 'rejected', reason: 'invalid' }));
  bench.online(means);
  await bench.write(['one']);
  await bench.accept(edit('one', 'two'));
  await bench.accept(retract('nothing'));
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one', 'two']);
  assert.deepEqual(done, []);
  assert.deepEqual(await bench.told(), ['invalid stanza one', 'receipt edit two', 'receipt retract nothing']);
});

test('a reaction to what nobody knows is refused', async (t) => {
  const bench = await OutBench.open(t);
  bench.online(deeds().means);
  await bench.accept(react('nothing', '👍'));
  await bench.settle();
  assert.deepEqual(await bench.told(), ['not-found react nothing']);
});

test('retracting an unstarted entry removes both, and what changed it', async (t) => {
  const bench = await OutBench.open(t);
  const { done, means } = deeds();
  await bench.write(['one', 'two']);
  await bench.accept(edit('two', 'new'));
  await bench.accept(retract('two'));
  await bench.settle();
  assert.deepEqual((await bench.waiting()).length, 1);
  assert.deepEqual(await bench.told(), ['receipt retract two']);
  bench.online(means);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one']);
  assert.deepEqual(done, []);
});

test('what may have arrived is sent again and then retracted, also after a crash', async (t) => {
  for (const crash of [false, true]) {
    const bench = await OutBench.open(t);
    const { done, means } = deeds();
    bench.network.failing(uncertain());
    bench.online(means);
    await bench.write(['one']);
    await bench.settle();
    if (crash) {
      bench.lanes.rest();
      await bench.begin();
    }
    await bench.accept(retract('one'));
    await bench.settle();
    if (crash) bench.online(means);
    await bench.pass(5_000);
    assert.deepEqual(bench.network.texts, ['one', 'one']);
    assert.equal(done.length, 1);
    assert.deepEqual(await bench.told(), ['receipt stanza one', 'receipt retract one']);
  }
});

test('what stood first when the gateway was killed may have been begun: it is sent, and then retracted', async (t) => {
  const bench = await OutBench.open(t);
  const { done, means } = deeds();
  await bench.write(['one', 'two']);
  await bench.begin();
  await bench.accept(retract('one'));
  await bench.accept(retract('two'));
  await bench.settle();
  bench.online(means);
  await bench.settle();
  assert.deepEqual(bench.network.texts, ['one']);
  assert.equal(done.length, 1);
});

test('a message that is being sent is retracted when it has been sent', async (t) => {
  const bench = await OutBench.open(t);
  const { done, means } = deeds();
  const first = gate<Sent>();
  bench.network.answer = () => first.promise;
  bench.online(means);
  await bench.write(['one']);
  await bench.settle();
  await bench.accept(retract('one'));
  await bench.settle();
  first.open({ id: '7' });
  await bench.settle();
  assert.deepEqual(done, ['retract 7']);
});

test('what was retracted is named by no stanza any more, and is still known as ours when its echo comes', async (t) => {
  const bench = await OutBench.open(t);
  const { means } = deeds();
  bench.online(means);
  bench.network.answer = () => ({ id: '7' });
  await bench.write(['one']);
  await bench.accept(retract('one'));
  await bench.settle();
  const { account, store } = bench;
  assert.deepEqual(await store.byStanza(account, 1, 'stanza one'), []);
  const rows = await store.byRemote(account, 1, '7');
  assert.deepEqual(
    rows.map(({ stanza, author }) => [stanza, author]),
    [['', null]],
  );
});

test('an edit with more parts, then with fewer: the network ends with what was written last', async (t) => {
  const bench = await OutBench.open(t, { split: ({ text = '' }) => text.split(' ').map((part) => ({ text: part })) });
  const { done, means } = deeds();
  bench.online(means);
  bench.network.answer = ({ text }) => ({ id: `id ${text}` });
  await bench.write(['a']);
  await bench.accept(edit('a', 'b c d'));
  await bench.accept(edit('a', 'e f'));
  await bench.accept(edit('a', 'g h i'));
  while ((await bench.waiting()).length > 0) await bench.settle();
  assert.deepEqual(bench.network.texts, ['a', 'c', 'd', 'i']);
  assert.deepEqual(done, [
    ...['edit id a: b', 'edit id a: e', 'edit id c: f', 'retract id d', 'edit id a: g', 'edit id c: h'],
  ]);
  await bench.accept(retract('a'));
  await bench.settle();
  assert.deepEqual(done.slice(6), ['retract id a', 'retract id c', 'retract id i']);
});

test('an edit or deletion that may have been done is done again, also where messages cannot be', async (t) => {
  const bench = await OutBench.open(t, { onUncertain: 'tell' });
  const { done, means } = deeds();
  let failures = 1;
  bench.online({
    ...means,
    resend: 'unsafe',
    retract: (_, target) => {
      done.push(`retract ${target}`);
      failures -= 1;
      return Promise.reject(failures >= 0 ? uncertain() : fault({ code: 'rejected', reason: 'not-found' }));
    },
  });
  await bench.write(['one']);
  await bench.accept(retract('one'));
  await bench.pass(5_000);
  assert.equal(done.length, 2);
  assert.deepEqual(await bench.told(), ['receipt stanza one', 'receipt retract one']);
});
