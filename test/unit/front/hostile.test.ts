// Stanzas of every kind, malformed in every way a stream lets through: one answer for each request, none for an error, and
// never a failure of our own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { x, type Child, type Element } from '../../../src/xmpp/stanza.ts';
import { device, domain, FrontBench, juliet } from './bench.ts';

const namespaces = [
  ...['jabber:iq:register', 'jabber:iq:gateway', 'jabber:iq:search', 'jabber:iq:version', 'jabber:iq:roster'],
  ...['http://jabber.org/protocol/commands', 'http://jabber.org/protocol/disco#info', 'jabber:x:data'],
  ...['http://jabber.org/protocol/disco#items', 'urn:xmpp:ping', 'urn:xmpp:privilege:2', 'urn:xmpp:receipts'],
  ...['http://jabber.org/protocol/chatstates', 'http://jabber.org/protocol/muc', 'eu.siacs.conversations.axolotl'],
];
const names = [
  ...[
    'query',
    'command',
    'ping',
    'x',
    'field',
    'value',
    'body',
    'subject',
    'prompt',
    'nick',
    'remove',
    'error',
    'text',
  ],
  ...['request', 'composing', 'encrypted', 'privilege', 'perm', 'item', 'username', 'password'],
];
const values = fc.oneof(
  fc.constantFrom(
    '',
    'login',
    'logout',
    'submit',
    'cancel',
    'execute',
    'next',
    'prev',
    'token',
    'right',
    'roster',
    'both',
  ),
  fc.constantFrom('http://jabber.org/protocol/commands', '__proto__', 'constructor', 'sure', 'Yes', 'stop', 'help'),
  fc.string({ maxLength: 20, unit: 'binary' }),
);
const attributes = fc.dictionary(
  fc.constantFrom('node', 'sessionid', 'action', 'type', 'var', 'jid', 'access', 'id', 'xml:lang'),
  values,
  { maxKeys: 3 },
);
const { tree } = fc.letrec<{ tree: Element; child: Child }>((tie) => ({
  tree: fc
    .tuple(
      fc.constantFrom(...names),
      fc.option(fc.constantFrom(...namespaces)),
      attributes,
      fc.array(tie('child'), { maxLength: 3 }),
    )
    .map(([name, ns, attrs, children]) => x(name, { ...attrs, ...(ns === null ? {} : { xmlns: ns }) }, ...children)),
  child: fc.oneof({ depthSize: 'small', withCrossShrink: true }, values, tie('tree')),
}));
const types = ['get', 'set', 'result', 'error', 'chat', 'groupchat', 'headline', 'normal', 'subscribe', 'subscribed'];
const stanza = fc
  .record(
    {
      name: fc.constantFrom('iq', 'message', 'presence', 'other'),
      type: fc.constantFrom(...types, 'unsubscribe', 'unsubscribed', 'probe', 'unavailable', 'nonsense', ''),
      from: fc.constantFrom(device, juliet, 'example.org', 'tybalt@evil.example/x', '@', 'a b@c', ''),
      to: fc.constantFrom(domain, `42@${domain}`, `42@${domain}/x`, `#r@${domain}`, `=.x@${domain}`, '@', ''),
      id: values,
      children: fc.array(tree, { maxLength: 3 }),
    },
    { requiredKeys: ['name', 'children'] },
  )
  .map(({ name, children, ...attrs }) => x(name, attrs, ...children));

/** Requests that name what there is, with anything inside. */
const requests = [
  ...(['register', 'gateway', 'search', 'version'] as const).map((each) => ['query', `jabber:iq:${each}`] as const),
  ['command', 'http://jabber.org/protocol/commands'],
  ['query', 'http://jabber.org/protocol/disco#info'],
  ['query', 'http://jabber.org/protocol/disco#items'],
] as const;
const request = fc
  .tuple(
    fc.constantFrom('get', 'set'),
    fc.constantFrom(domain, domain, `42@${domain}`),
    fc.constantFrom(...requests),
    attributes,
    fc.array(tree, { maxLength: 2 }),
  )
  .map(([type, to, [name, xmlns], attrs, children]) =>
    x('iq', { type, from: device, to, id: 'id' }, x(name, { ...attrs, xmlns }, ...children)),
  );

test('R19: whatever comes, each request has one answer, errors have none, and nothing fails', async () => {
  await using bench = await FrontBench.start();
  await bench.register();
  await fc.assert(
    fc.asyncProperty(fc.oneof(stanza, request), async (one) => {
      const before = bench.sent.length;
      await bench.front.stanza(one);
      const said = bench.sent.slice(before);
      const { type, from } = one.attrs;
      const foreign = said.filter(
        ({ attrs }) => attrs['from'] !== undefined && !/net\.example\.org/.test(attrs['from']),
      );
      const answers = said.filter((each) => each.is('iq') && /^(result|error)$/.test(each.attrs['type'] ?? ''));
      if (one.is('iq') && (type === 'get' || type === 'set') && from !== undefined) assert.equal(answers.length, 1);
      // Presences of another cause, such as the goodbye after a removal, may fall into this turn.
      const replies = said.filter((each) => !each.is('presence') || each.attrs['type'] === 'error');
      if (type === 'error') assert.deepEqual(replies.map(String), []);
      // An address that is malformed is answered from itself, as it must be; the stream refuses what it cannot send.
      if (one.attrs['to'] !== undefined && /net\.example\.org/.test(one.attrs['to'])) assert.deepEqual(foreign, []);
      assert.deepEqual(bench.logged, []);
    }),
    { numRuns: 10_000, interruptAfterTimeLimit: 20_000 },
  );
});
