// Registration as a client sees it (XEP-0077), on a real store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { condition, device, domain, FrontBench, juliet, tokenSubmit, words } from './bench.ts';

const get = `<query xmlns='jabber:iq:register'/>`;
const remove = `<query xmlns='jabber:iq:register'><remove/></query>`;

test("R7: the registration form is the login's first form, and filling it in registers", async () => {
  await using bench = await FrontBench.start();
  const form = (await bench.ask('get', get)).getChild('query')?.getChild('x', 'jabber:x:data');
  const fields = form?.getChildren('field').map(({ attrs }) => [attrs['var'], attrs['type']]);
  assert.deepEqual(fields, [
    ['FORM_TYPE', 'hidden'],
    ['token', 'text-private'],
  ]);
  const answer = await bench.ask('set', tokenSubmit('right'));
  assert.equal(answer.attrs['type'], 'result');
  assert.equal((await bench.store.account(domain, juliet))?.state, 'active');
});

test('R7: bad credentials are answered with not-acceptable, and the next form says why', async () => {
  await using bench = await FrontBench.start();
  await bench.ask('get', get);
  const answer = await bench.ask('set', tokenSubmit('wrong'));
  assert.equal(condition(answer), 'not-acceptable');
  assert.match(words(answer), /wrong token/);
  const form = await bench.ask('get', get);
  assert.match(form.getChild('query')?.getChildText('instructions') ?? '', /wrong token/);
  await bench.register();
});

test('R7: a client without data forms registers with the old elements', async () => {
  await using bench = await FrontBench.start();
  const form = (await bench.ask('get', get)).getChild('query');
  assert(form?.getChild('password'));
  const answer = await bench.ask('set', `<query xmlns='jabber:iq:register'><password>right</password></query>`);
  assert.equal(answer.attrs['type'], 'result');
});

test('R7: a login that asks for more goes on in the chat with the gateway', async () => {
  await using bench = await FrontBench.start();
  const form = { title: 'Code', fields: [{ name: 'code', label: 'The code' }] };
  bench.back.steps.set('two', { type: 'form', flow: '', form });
  await bench.ask('get', get);
  const answer = await bench.ask('set', tokenSubmit('two'));
  assert.equal(condition(answer), 'feature-not-implemented');
  const question = await bench.next((stanza) => stanza.is('message'));
  assert.match(question.getChildText('body') ?? '', /The code/);
  await bench.hear(`<message from='${device}' to='${domain}' type='chat'><body>right</body></message>`);
  assert.equal((await bench.store.account(domain, juliet))?.state, 'active');
});

test('R7: what the login shows after its form is written in the chat with the gateway', async () => {
  await using bench = await FrontBench.start();
  bench.back.steps.set('linked', {
    type: 'show',
    flow: '',
    as: 'link',
    value: 'https://t.me/bot',
    note: 'Pass it on:',
  });
  const account = await bench.store.open({ transport: domain, jid: juliet, remote: 'bot' });
  assert(typeof account === 'number');
  bench.back.steps.set('', { type: 'done', account });
  await bench.ask('get', get);
  assert.equal((await bench.ask('set', tokenSubmit('linked'))).attrs['type'], 'result');
  const link = await bench.next((stanza) => stanza.is('message'));
  assert.equal(link.getChildText('body'), 'Pass it on:\nhttps://t.me/bot');
  assert.equal(link.attrs['to'], juliet);
});

test('R8: after registration the gateway subscribes to the user and accepts his subscription', async () => {
  await using bench = await FrontBench.start();
  await bench.ask('set', tokenSubmit('right'));
  const subscribe = await bench.presence('subscribe');
  assert.equal(subscribe.attrs['to'], juliet);
  assert.equal(bench.sent.indexOf(subscribe) > bench.sent.findIndex((stanza) => stanza.is('iq')), true);
  await bench.hear(`<presence type='subscribe' from='${juliet}' to='${domain}'/>`);
  await bench.presence('subscribed');
});

test('R10: whoever is registered reads that he is, and as whom', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  const query = (await bench.ask('get', get)).getChild('query');
  assert(query);
  assert(query.getChild('registered'));
  assert.match(query.getChildText('instructions') ?? '', new RegExp(`bot of ${juliet}`));
  assert.doesNotMatch(query.toString(), /right/);
});

test('R11: removal ends the account; the result comes first, then unsubscribe and unavailable from all', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.presence('subscribe', `42@${domain}`);
  const before = bench.sent.length;
  const result = await bench.ask('set', remove);
  assert.equal(result.attrs['type'], 'result');
  await bench.presence('unavailable', `42@${domain}`);
  await bench.presence('unavailable');
  const told = bench.sent.slice(before).map(({ attrs }) => `${attrs['type']} ${attrs['from']}`);
  assert.deepEqual(told, [
    `result ${domain}`,
    ...['unsubscribe', 'unsubscribed', 'unavailable'].map((type) => `${type} 42@${domain}`),
    ...['unsubscribe', 'unsubscribed', 'unavailable'].map((type) => `${type} ${domain}`),
  ]);
  assert.equal(await bench.store.account(domain, juliet), undefined);
  assert.equal(condition(await bench.ask('set', remove)), 'registration-required');
});

test('R17: after removal contacts are silent', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.ask('set', remove);
  await bench.presence('unavailable');
  const before = bench.sent.length;
  bench.front.session(account, { state: 'online', can: [] });
  bench.front.hint(account, { type: 'presence', user: '42', show: 'online' });
  await bench.hear(`<presence from='${device}' to='${domain}'/>`);
  assert.equal(bench.sent.length, before);
});

test('whoever is not allowed is told so; a user of another server registers where the config allows it', async () => {
  await using bench = await FrontBench.start({ allow: ['example.org', 'romeo@montague.example'] });
  const forbidden = await bench.ask('get', get, domain, 'tybalt@montague.example/x');
  assert.equal(condition(forbidden), 'forbidden');
  assert.equal(condition(await bench.ask('set', tokenSubmit('right'), domain, 'example.org')), 'forbidden');
  await bench.register('romeo@montague.example/orchard');
});

test("R19: an account that another user's is already is a conflict", async () => {
  await using bench = await FrontBench.start();
  bench.back.steps.set('taken', { type: 'refused', failure: { code: 'conflict' } });
  assert.equal(condition(await bench.ask('set', tokenSubmit('taken'))), 'conflict');
});

test('a form that is cancelled gives the login up', async () => {
  await using bench = await FrontBench.start();
  await bench.ask('get', get);
  const cancel = `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='cancel'/></query>`;
  assert.equal((await bench.ask('set', cancel)).attrs['type'], 'result');
  assert.match(bench.back.calls.join(), /abandon 1 juliet/);
});
