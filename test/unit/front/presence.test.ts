// Presence and subscriptions as a user's server sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkError } from '../../../src/link.ts';
import { condition, device, domain, FrontBench, juliet, words } from './bench.ts';

const romeo = `42@${domain}`;
const says = (bench: FrontBench, type: string | undefined, to: string, from = juliet): Promise<void> =>
  bench.hear(`<presence ${type === undefined ? '' : `type='${type}'`} from='${from}' to='${to}'/>`);

test('R15: adding a contact brings subscribed, available, subscribe, in that order', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  bench.front.session(1, bench.back.now);
  await bench.presence('available');
  const before = bench.sent.length;
  await says(bench, 'subscribe', romeo);
  const told = bench.sent.slice(before);
  assert.deepEqual(
    told.map(({ attrs }) => [attrs['type'], attrs['from'], attrs['to']]),
    [
      ['subscribed', romeo, juliet],
      [undefined, romeo, juliet],
      ['subscribe', romeo, juliet],
    ],
  );
  assert(bench.back.calls.includes('setContact 42 true'));
  assert.equal(told[2]?.getChildText('nick'), 'Romeo');
});

test('R14: presences of contacts have no resource', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await says(bench, 'subscribe', romeo);
  for (const { attrs } of bench.sent) assert.doesNotMatch(attrs['from'] ?? '', /\//);
});

test('R19: whom the network does not know is not found, with its own words, and the request ends', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  bench.back.found = new LinkError({ code: 'not-found', detail: 'pass on t.me/bot' });
  await says(bench, 'subscribe', `99@${domain}`);
  const error = await bench.presence('error', `99@${domain}`);
  assert.equal(condition(error), 'item-not-found');
  assert.match(words(error), /t\.me\/bot/);
  const denied = await bench.presence('unsubscribed', `99@${domain}`);
  assert.match(denied.getChildText('status') ?? '', /t\.me\/bot/);
});

test('R19: while the network cannot be asked the request stays open', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  bench.back.found = new LinkError({ code: 'offline' });
  await says(bench, 'subscribe', romeo);
  assert.equal(condition(await bench.presence('error', romeo)), 'recipient-unavailable');
  assert.equal(
    bench.sent.some(({ attrs }) => attrs['type'] === 'unsubscribed'),
    false,
  );
});

test('R20: a contact added by a handle introduces itself under its one address', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await says(bench, 'subscribe', `\\40romeo@${domain}`);
  await bench.presence('unsubscribed', `\\40romeo@${domain}`);
  const subscribe = await bench.presence('subscribe', romeo);
  assert.equal(subscribe.getChildText('nick'), 'Romeo');
});

test('R19: without an account nobody is added', async () => {
  await using bench = await FrontBench.start();
  await says(bench, 'subscribe', romeo);
  assert.equal(condition(await bench.presence('error', romeo)), 'registration-required');
});

test('R16: a contact of the network asks to be added and never says an unasked "subscribed"', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  const subscribe = await bench.presence('subscribe', romeo);
  assert.equal(subscribe.getChildText('nick'), 'Romeo');
  await says(bench, 'subscribed', romeo);
  assert.equal(
    bench.sent.some(({ attrs }) => attrs['type'] === 'subscribed'),
    false,
  );
});

test('R16: a contact that the user took out of his list is not brought back by the network', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await says(bench, 'subscribe', romeo);
  await says(bench, 'subscribed', romeo);
  await says(bench, 'unsubscribe', romeo);
  await says(bench, 'unsubscribed', romeo);
  assert(bench.back.calls.includes('setContact 42 false'));
  const before = bench.sent.length;
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await says(bench, 'probe', domain); // done in order: the contact's document was looked at before
  assert.deepEqual(
    bench.sent.slice(before).map(({ attrs }) => attrs['from']),
    [domain],
  );
});

test('R17: a contact that was removed sends no presence any more', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  bench.front.session(account, bench.back.now);
  await says(bench, undefined, domain, device);
  await says(bench, 'subscribe', romeo);
  await says(bench, 'unsubscribe', romeo);
  await bench.presence('unavailable', romeo);
  const before = bench.sent.length;
  bench.front.hint(account, { type: 'presence', user: '42', show: 'away' });
  await says(bench, 'probe', romeo, device);
  const told = bench.sent.slice(before).map(({ attrs }) => [attrs['type'], attrs['from']]);
  assert.deepEqual(told, [['unsubscribed', romeo]]);
});

test('R18: a contact that the network removed says goodbye', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.contact(account, '42', { name: 'Romeo', listed: true });
  await bench.presence('subscribe', romeo);
  await says(bench, 'subscribe', romeo);
  const before = bench.sent.length;
  await bench.contact(account, '42', { name: 'Romeo', listed: false });
  await bench.presence('unavailable', romeo);
  const told = bench.sent.slice(before).map(({ attrs }) => attrs['type']);
  assert.deepEqual(told, ['unsubscribe', 'unsubscribed', 'unavailable']);
});

test('R13: the gateway is available while the session is up, and not when it is down', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.presence('available'); // the session was up at once
  await says(bench, undefined, domain, device);
  bench.front.session(account, { state: 'offline', can: [], failure: { code: 'timeout' } });
  await bench.presence('unavailable');
  const error = await bench.presence('error');
  assert.equal(error.attrs['to'], device);
  assert.equal(condition(error), 'remote-server-timeout');
  bench.front.session(account, bench.back.now);
  await bench.presence('available');
});

test('R12: a user who comes while the network refuses his login learns why', async () => {
  await using bench = await FrontBench.start();
  bench.back.now = { state: 'parked', can: [], failure: { code: 'auth-lost' } };
  await bench.register();
  await bench.presence('unavailable');
  await says(bench, undefined, domain, device);
  const error = await bench.presence('error');
  assert.equal(condition(error), 'not-authorized');
});

test('R23: after a start everybody is asked whether he is there, and the contacts follow once he is', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await says(bench, 'subscribe', romeo);
  await bench.restart();
  bench.sent.length = 0;
  await bench.front.online();
  assert.equal((await bench.presence('probe')).attrs['to'], juliet);
  assert.equal((await bench.presence('available')).attrs['to'], juliet);
  assert.equal(
    bench.sent.some(({ attrs }) => attrs['from'] === romeo),
    false,
  );
  await says(bench, undefined, domain, device);
  await bench.presence('available', romeo);
});

test('R23: a start greets at a pace, not in one burst', async () => {
  await using bench = await FrontBench.start();
  for (let index = 0; index < 30; index += 1) await bench.register(`user${index}@example.org/x`);
  await bench.restart();
  bench.sent.length = 0;
  const greeted = bench.front.online();
  const probes = (): number => bench.sent.filter(({ attrs }) => attrs['type'] === 'probe').length;
  while (probes() < 20) await bench.presence('probe');
  assert.equal(probes(), 20);
  bench.clock.advance(100);
  await greeted;
  assert.equal(probes(), 30);
});

test('R23: at the end the gateway is unavailable', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await bench.presence('available');
  await bench.front.stop();
  assert.equal((await bench.presence('unavailable')).attrs['to'], juliet);
});

test('a contact whose name changed says so', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.presence('available');
  await says(bench, 'subscribe', romeo);
  await bench.presence('available', romeo);
  await bench.contact(account, '42', { name: 'Romeo Montague', listed: true });
  assert.equal((await bench.presence('available', romeo)).getChildText('nick'), 'Romeo Montague');
});

test("a contact's whereabouts are shown, and kept for who comes later", async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.presence('available');
  await says(bench, undefined, domain, device);
  await says(bench, 'subscribe', romeo);
  await bench.presence('available', romeo);
  bench.front.hint(account, { type: 'presence', user: '42', show: 'busy', text: 'fencing' });
  const busy = await bench.presence('available', romeo);
  assert.equal(busy.getChildText('show'), 'dnd');
  await says(bench, 'probe', romeo, device);
  assert.equal((await bench.presence('available', romeo)).getChildText('status'), 'fencing');
});

test('several devices: each that comes is told, and the lanes hear of each', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.presence('available');
  await says(bench, undefined, domain, device);
  await bench.presence('available');
  await says(bench, undefined, domain, `${juliet}/chamber`);
  assert.equal((await bench.presence('available')).attrs['to'], `${juliet}/chamber`);
  assert.deepEqual(bench.available, [account, account]);
});

test('what an account that is gone left in a contact list is cleared away when it is probed', async () => {
  await using bench = await FrontBench.start();
  await says(bench, 'probe', romeo, device);
  assert.equal((await bench.presence('unsubscribed', romeo)).attrs['to'], juliet);
});

test('a presence of an unknown type is a bad request', async () => {
  await using bench = await FrontBench.start();
  await says(bench, 'hello', domain);
  assert.equal(condition(await bench.presence('error')), 'bad-request');
});

test('what is still said of a session when the store is closed already is no fault', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.presence('available');
  await bench.store.close();
  bench.front.session(account, { state: 'offline', can: [] });
  await bench.presence('unavailable');
  await says(bench, 'subscribe', romeo);
  assert.equal(condition(await bench.presence('error', romeo)), 'recipient-unavailable');
  assert.deepEqual(bench.logged, []);
});
