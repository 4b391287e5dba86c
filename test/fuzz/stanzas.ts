// What clients and servers send to a gateway: a grammar of every request and extension that ours knows. An id of '*'
// becomes one that no other stanza has.
import fc from 'fast-check';
import { x, type Child, type Element } from '../../src/xmpp/stanza.ts';
import { domain, juliet } from '../unit/front/bench.ts';
import { damagedStanza, oddText } from './damage.ts';

/** Users with an account at the start of each run. */
export const members = [juliet, 'nurse@example.org', 'paris@example.org', 'friar@example.org'];
const froms = [
  ...members.flatMap((user) => [`${user}/a`, `${user}/a`, `${user}/b`, user]),
  ...['new@example.org/x', 'tybalt@evil.example/x', 'example.org', '@', 'a b@c', ''],
];
const contacts = ['42', '43', '-7', '=42', 'x\\40y', '#room', '=h0', '=.zz@'].map((local) => `${local}@${domain}`);

const words = fc.oneof(
  fc.constantFrom(
    'hello',
    '*bold* and _more_',
    '```js\nx\n```',
    '> quoted\nanswer',
    '/me waves',
    'geo:48.2,16.3',
    '?OTR:AAM',
  ),
  fc.constantFrom(
    'help',
    'login',
    'logout',
    'status',
    'add 42',
    'search Romeo',
    'cancel',
    'right',
    'yes',
    'failed',
    'retry',
  ),
  oddText,
);
const id = fc.constantFrom('*', '*', '*', '*', 'same', 'older', 'aaaaaaaaaaaaaaaaaaaaaaaaaa.1');
const maybe = (arbitrary: fc.Arbitrary<Child>): fc.Arbitrary<Child> => fc.option(arbitrary, { nil: false, freq: 3 });
const el = (name: string, xmlns: string, attrs: Readonly<Record<string, string>> = {}): fc.Arbitrary<Element> =>
  fc.constant(null).map(() => x(name, { xmlns, ...attrs }));
const withId = (name: string, xmlns: string): fc.Arbitrary<Element> =>
  id.map((target) => x(name, { xmlns, id: target }));

const form = fc
  .tuple(
    fc.constantFrom('submit', 'submit', 'submit', 'cancel', 'form'),
    fc.dictionary(
      fc.constantFrom('token', 'code', 'login', 'jid', 'text', 'query', 'nick', 'sure', 'FORM_TYPE', 'entries', 'what'),
      words,
      { maxKeys: 3 },
    ),
    fc.boolean(),
  )
  .map(([type, fields, right]) =>
    x(
      'x',
      { xmlns: 'jabber:x:data', type },
      ...Object.entries({ ...fields, ...(right && { token: 'right' }) }).map(([name, value]) =>
        x('field', { var: name }, x('value', {}, value)),
      ),
    ),
  );
const query = (xmlns: string, ...children: readonly fc.Arbitrary<Child>[]): fc.Arbitrary<Element> =>
  fc.tuple(...children).map((all) => x('query', { xmlns }, ...all));
const named = (name: string): fc.Arbitrary<Element> => words.map((text) => x(name, {}, text));
const commands = [
  'login',
  'logout',
  'status',
  'contacts',
  'add',
  'search',
  'failed',
  'help',
  'accounts',
  'lanes',
  'announce',
  'queue',
];
const command = fc
  .tuple(
    fc.constantFrom(...commands, 'http://jabber.org/protocol/admin#announce', 'none'),
    fc.constantFrom(undefined, 'execute', 'next', 'prev', 'complete', 'cancel', 'odd'),
    fc.option(fc.constantFrom('1', 'unknown', '')),
    maybe(form),
  )
  .map(([node, action, session, inner]) =>
    x(
      'command',
      { xmlns: 'http://jabber.org/protocol/commands', node, action, sessionid: session ?? undefined },
      inner,
    ),
  );
const disco = fc
  .tuple(
    fc.constantFrom('info', 'items'),
    fc.option(fc.constantFrom('http://jabber.org/protocol/commands', 'login', 'x#y')),
  )
  .map(([what, node]) => x('query', { xmlns: `http://jabber.org/protocol/disco#${what}`, node: node ?? undefined }));
const payload: fc.Arbitrary<Element> = fc.oneof(
  query('jabber:iq:register', maybe(form), maybe(named('username')), maybe(named('password'))),
  { weight: 1, arbitrary: fc.constant(null).map(() => x('query', { xmlns: 'jabber:iq:register' }, x('remove'))) },
  { weight: 3, arbitrary: command },
  { weight: 2, arbitrary: disco },
  query('jabber:iq:gateway', maybe(named('prompt'))),
  query('jabber:iq:search', maybe(form), maybe(named('nick'))),
  query('jabber:iq:version'),
  query('jabber:iq:roster', maybe(named('item'))),
  el('ping', 'urn:xmpp:ping'),
  el('vCard', 'vcard-temp'),
);
const to = fc.oneof(
  { weight: 3, arbitrary: fc.constant(domain) },
  fc.constantFrom(...contacts, `42@${domain}/r`, '@', ''),
);
const from = fc.constantFrom(...froms);
const lang = fc.option(fc.constantFrom('de', 'en', 'xx-y', ''), { nil: undefined, freq: 3 });
const iq = fc
  .tuple(fc.constantFrom('get', 'set', 'set', 'result', 'error'), from, to, id, lang, payload)
  .map(([type, sender, target, name, tongue, inner]) =>
    x('iq', { type, from: sender, to: target, id: name, 'xml:lang': tongue }, inner),
  );

const fallback = fc
  .tuple(fc.constantFrom('urn:xmpp:reply:0', 'urn:xmpp:reactions:0'), fc.nat(12), fc.nat(12))
  .map(([what, start, end]) =>
    x('fallback', { xmlns: 'urn:xmpp:fallback:0', for: what }, x('body', { start: `${start}`, end: `${end}` })),
  );
const reactions = fc
  .tuple(id, fc.array(fc.oneof(fc.constantFrom('👍', '❤', '🎉'), oddText), { maxLength: 3 }))
  .map(([target, all]) =>
    x('reactions', { xmlns: 'urn:xmpp:reactions:0', id: target }, ...all.map((each) => x('reaction', {}, each))),
  );
const extension: fc.Arbitrary<Child> = fc.oneof(
  el('request', 'urn:xmpp:receipts'),
  withId('received', 'urn:xmpp:receipts'),
  withId('replace', 'urn:xmpp:message-correct:0'),
  withId('retract', 'urn:xmpp:message-retract:1'),
  id.map((target) =>
    x('apply-to', { xmlns: 'urn:xmpp:fasten:0', id: target }, x('retract', { xmlns: 'urn:xmpp:message-retract:0' })),
  ),
  reactions,
  withId('reply', 'urn:xmpp:reply:0'),
  fallback,
  withId('displayed', 'urn:xmpp:chat-markers:0'),
  el('markable', 'urn:xmpp:chat-markers:0'),
  withId('origin-id', 'urn:xmpp:sid:0'),
  fc
    .constantFrom('composing', 'active', 'paused', 'gone')
    .map((state) => x(state, { xmlns: 'http://jabber.org/protocol/chatstates' })),
  el('spoiler', 'urn:xmpp:spoiler:0'),
  el('unstyled', 'urn:xmpp:styling:0'),
  el('attention', 'urn:xmpp:attention:0'),
  words.map((url) => x('x', { xmlns: 'jabber:x:oob' }, x('url', {}, url))),
  fc
    .boolean()
    .map((full) => x('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, full && x('payload', {}, 'AA=='))),
  el('encryption', 'urn:xmpp:eme:0', { namespace: 'urn:xmpp:omemo:2' }),
  words.map((text) => x('subject', {}, text)),
);
const message = fc
  .tuple(
    fc.constantFrom('chat', 'chat', 'chat', 'normal', undefined, 'groupchat', 'headline', 'error'),
    ...([from, fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...contacts) }, to), id, lang] as const),
    fc.option(words, { freq: 5, nil: undefined }),
    fc.array(extension, { maxLength: 3 }),
  )
  .map(([type, sender, target, name, tongue, text, extensions]) =>
    x(
      'message',
      { type, from: sender, to: target, id: name, 'xml:lang': tongue },
      text !== undefined && x('body', {}, text),
      ...extensions,
    ),
  );
const big = fc
  .tuple(from, fc.constantFrom(...contacts), fc.integer({ min: 60_000, max: 70_000 }))
  .map(([sender, target, length]) =>
    x('message', { from: sender, to: target, id: '*' }, x('body', {}, 'x'.repeat(length))),
  );

const presenceTypes = [
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
  'probe',
  'unavailable',
  'error',
  'odd',
];
const presence = fc
  .tuple(
    ...([fc.constantFrom(undefined, ...presenceTypes), from, to, id, lang] as const),
    maybe(
      fc.oneof(el('c', 'http://jabber.org/protocol/caps'), el('x', 'http://jabber.org/protocol/muc'), named('show')),
    ),
  )
  .map(([type, sender, target, name, tongue, inner]) =>
    x('presence', { type, from: sender, to: target, id: name, 'xml:lang': tongue }, inner),
  );
const privilege = fc
  .constant(null)
  .map(() =>
    x(
      'message',
      { from: 'example.org', to: domain },
      x('privilege', { xmlns: 'urn:xmpp:privilege:2' }, x('perm', { access: 'roster', type: 'both' })),
    ),
  );

/** No stanza at all. */
const other = fc
  .tuple(from, to, payload)
  .map(([sender, target, inner]) => x('other', { from: sender, to: target }, inner));

/** Any stanza, whole or damaged. */
export const anyStanza: fc.Arbitrary<Element> = damagedStanza(
  fc.oneof(
    { weight: 40, arbitrary: iq },
    { weight: 40, arbitrary: message },
    { weight: 19, arbitrary: presence },
    { weight: 1, arbitrary: fc.oneof(big, privilege, other) },
  ),
);
