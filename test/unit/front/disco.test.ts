// Discovery tells the truth: what is announced is answered, what is answered is announced; every request has one answer.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Capability } from '../../../src/link.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, FrontBench } from './bench.ts';

const info = (node?: string): string =>
  `<query xmlns='http://jabber.org/protocol/disco#info'${node === undefined ? '' : ` node='${node}'`}/>`;
const items = (node: string): string => `<query xmlns='http://jabber.org/protocol/disco#items' node='${node}'/>`;
const contact = `42@${domain}`;
/** A payload for each namespace that is announced as a request. */
const requests: Readonly<Record<string, readonly string[]>> = {
  'http://jabber.org/protocol/disco#info': [`get ${info()}`],
  'http://jabber.org/protocol/disco#items': [`get <query xmlns='http://jabber.org/protocol/disco#items'/>`],
  'urn:xmpp:ping': [`get <ping xmlns='urn:xmpp:ping'/>`],
  'jabber:iq:version': [`get <query xmlns='jabber:iq:version'/>`],
  'jabber:iq:register': [
    `get <query xmlns='jabber:iq:register'/>`,
    `set <query xmlns='jabber:iq:register'><remove/></query>`,
  ],
  'http://jabber.org/protocol/commands': [
    `set <command xmlns='http://jabber.org/protocol/commands' node='help' action='execute'/>`,
  ],
  'jabber:iq:gateway': [
    `get <query xmlns='jabber:iq:gateway'/>`,
    `set <query xmlns='jabber:iq:gateway'><prompt>42</prompt></query>`,
  ],
  'jabber:iq:search': [
    `get <query xmlns='jabber:iq:search'/>`,
    `set <query xmlns='jabber:iq:search'><nick>Romeo</nick></query>`,
  ],
};
/** What is announced without being a request. */
const passive = [
  'http://jabber.org/protocol/caps',
  'jabber:x:data',
  'urn:xmpp:attention:0',
  'urn:xmpp:fallback:0',
  'urn:xmpp:receipts',
  'urn:xmpp:reply:0',
  'urn:xmpp:sid:0',
  'urn:xmpp:spoiler:0',
  'urn:xmpp:styling:0',
];
/** What a contact can be done to where the session can do it. */
const able: readonly (readonly [Capability, readonly string[]])[] = [
  ['typing', ['http://jabber.org/protocol/chatstates']],
  ['edit', ['urn:xmpp:message-correct:0']],
  ['retract', ['urn:xmpp:message-retract:0', 'urn:xmpp:message-retract:1']],
  ['react', ['urn:xmpp:reactions:0']],
  ['read', ['urn:xmpp:chat-markers:0']],
];

const features = (answer: Element): readonly string[] =>
  answer
    .getChild('query')
    ?.getChildren('feature')
    .map(({ attrs }) => attrs['var'] ?? '') ?? [];

test('R6: the gateway is a gateway of its network, first and only', async () => {
  await using bench = await FrontBench.start();
  const identities = (await bench.ask('get', info())).getChild('query')?.getChildren('identity');
  assert.deepEqual(
    identities?.map(({ attrs }) => [attrs['category'], attrs['type'], attrs['name']]),
    [['gateway', 'toy', 'Toy']],
  );
});

for (const to of [domain, contact])
  test(`R6: every feature that ${to} announces is there, and nothing else answers`, async () => {
    await using bench = await FrontBench.start();
    const named = features(await bench.ask('get', info(), to));
    for (const ns of named) assert(ns in requests || passive.includes(ns), `${ns} is announced and not known here`);
    for (const [ns, payloads] of Object.entries(requests)) {
      await bench.register();
      for (const request of payloads) {
        const [type, payload] = [request.slice(0, 3), request.slice(4)];
        assert(type === 'get' || type === 'set');
        const answer = await bench.ask(type, payload, to);
        const answered = answer.attrs['type'] === 'result';
        assert.equal(answered, named.includes(ns), `${to} ${request}: ${answer.toString()}`);
      }
    }
  });

test('R6: a contact announces what the session of the user who asks can do, in disco as in its caps', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  for (const [capability, names] of able) {
    bench.back.now = { state: 'online', self: 'romeo', can: ['send', capability] };
    bench.front.session(account, bench.back.now);
    const named = features(await bench.ask('get', info(), contact));
    const optional = able.flatMap(([, each]) => each).filter((ns) => named.includes(ns));
    assert.deepEqual([...optional].sort(), names);
  }
  await bench.hear(`<presence type='subscribe' from='${device}' to='${contact}'/>`);
  const caps = (await bench.presence('available', contact)).getChild('c', 'http://jabber.org/protocol/caps');
  const answer = await bench.ask('get', info(`${caps?.attrs['node']}#${caps?.attrs['ver']}`), contact);
  assert(features(answer).includes('urn:xmpp:chat-markers:0'));
});

test("R6: the gateway's presence carries the hash of what disco says, and the node answers the same", async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await bench.hear(`<presence from='${device}' to='${domain}'/>`);
  const caps = (await bench.presence('available')).getChild('c', 'http://jabber.org/protocol/caps');
  assert(caps);
  const answer = await bench.ask('get', info(`${caps.attrs['node']}#${caps.attrs['ver']}`));
  const hashed = ['gateway/toy//Toy', ...[...features(answer)].sort()].map((line) => `${line}<`).join('');
  assert.equal(caps.attrs['ver'], createHash('sha1').update(hashed).digest('base64'));
  assert.equal(condition(await bench.ask('get', info('urn:moongate#other'))), 'item-not-found');
});

test('R6: the commands that fit the user are items, each with a name in his language', async () => {
  await using bench = await FrontBench.start();
  const list = async (): Promise<readonly string[]> => {
    const answer = await bench.ask('get', items('http://jabber.org/protocol/commands'));
    return (
      answer
        .getChild('query')
        ?.getChildren('item')
        .map(({ attrs }) => attrs['node'] ?? '') ?? []
    );
  };
  assert.deepEqual(await list(), ['login', 'help']);
  await bench.register();
  assert.deepEqual(await list(), [
    ...['login', 'logout', 'status', 'contacts', 'add', 'search', 'failed', 'retry', 'cancel', 'help'],
  ]);
  const node = await bench.ask('get', info('status'));
  assert.equal(node.getChild('query')?.getChild('identity')?.attrs['type'], 'command-node');
});

const wrong: Readonly<Record<string, readonly [attrs: string, payload: string, condition: string]>> = {
  'without a payload': [`type='get' id='1' to='${domain}'`, '', 'bad-request'],
  'with two payloads': [`type='get' id='1' to='${domain}'`, `<a xmlns='b'/><c xmlns='d'/>`, 'bad-request'],
  'of an unknown type': [`type='ask' id='1' to='${domain}'`, `<ping xmlns='urn:xmpp:ping'/>`, 'bad-request'],
  'without an id': [`type='get' to='${domain}'`, `<ping xmlns='urn:xmpp:ping'/>`, 'bad-request'],
  'of an unknown kind': [`type='get' id='1' to='${domain}'`, `<a xmlns='b'/>`, 'service-unavailable'],
  'to a resource': [`type='get' id='1' to='${domain}/x'`, `<ping xmlns='urn:xmpp:ping'/>`, 'service-unavailable'],
  'to no JID': [`type='get' id='1' to='a b@${domain}'`, `<ping xmlns='urn:xmpp:ping'/>`, 'jid-malformed'],
  'to an address that we never give': [
    `type='get' id='1' to='=.x@${domain}'`,
    `<ping xmlns='urn:xmpp:ping'/>`,
    'item-not-found',
  ],
  'to a room of nobody': [`type='get' id='1' to='#x@${domain}'`, `<ping xmlns='urn:xmpp:ping'/>`, 'forbidden'],
};
for (const [name, [attrs, payload, expected]] of Object.entries(wrong))
  test(`R19: a request ${name} is answered once, with ${expected}`, async () => {
    await using bench = await FrontBench.start();
    await bench.hear(`<iq from='${device}' ${attrs}>${payload}</iq>`);
    assert.deepEqual(bench.sent.map(condition), [expected]);
  });

test('results and errors are never answered, nor is what is for another domain', async () => {
  await using bench = await FrontBench.start();
  for (const type of ['result', 'error'])
    await bench.hear(`<iq from='${device}' to='${domain}' type='${type}' id='1'/>`);
  await bench.hear(`<presence from='${device}' to='${domain}' type='error'/>`);
  await bench.hear(`<message from='${device}' to='${contact}' type='error' id='1'><body>x</body></message>`);
  await bench.hear(`<iq from='${device}' to='irc.example.org' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>`);
  assert.deepEqual(bench.sent, []);
});

test('a flood of slow requests is refused beyond a limit, and each has its answer', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await bench.presence('available');
  bench.sent.length = 0;
  const asked = Array.from({ length: 40 }, (_, index) =>
    bench.hear(
      `<iq from='${device}' to='${domain}' type='set' id='${index}'>` +
        `<query xmlns='jabber:iq:search'><nick>Romeo</nick></query></iq>`,
    ),
  );
  await Promise.all(asked);
  assert.equal(bench.sent.length, 40);
  assert.equal(bench.sent.filter((stanza) => condition(stanza) === 'resource-constraint').length, 24);
});

test('R21: the prompt speaks the language of who asks, and its answer is the JID of whom it found', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  const prompt = await bench.ask('get', `<query xmlns='jabber:iq:gateway'/>`);
  assert.equal(prompt.getChild('query')?.getChildText('prompt'), 'a number');
  const ask = (name: string): Promise<Element> =>
    bench.ask('set', `<query xmlns='jabber:iq:gateway'><prompt>${name}</prompt></query>`);
  assert.equal((await ask('@romeo')).getChild('query')?.getChildText('jid'), contact);
  assert.equal(condition(await ask('@nobody')), 'item-not-found');
});

test('R24: a search finds by name, in a form and in the old elements', async () => {
  await using bench = await FrontBench.start();
  const account = await bench.register();
  await bench.contact(account, '7', { name: 'Rosaline', listed: true });
  await bench.presence('subscribe', `7@${domain}`);
  const old = await bench.ask('set', `<query xmlns='jabber:iq:search'><nick>Ro</nick></query>`);
  const jids = old
    .getChild('query')
    ?.getChildren('item')
    .map(({ attrs }) => attrs['jid']);
  assert.deepEqual(jids, [`7@${domain}`, contact]);
  const form = await bench.ask(
    'set',
    `<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'>` +
      `<field var='query'><value>rosa</value></field></x></query>`,
  );
  assert.match(form.toString(), /Rosaline/);
});
