// What is asked of rooms: what they are, who may do what, how they are set up.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Member } from '../../../src/adapter/api.ts';
import { LinkError, type Capability } from '../../../src/link.ts';
import type { ChatDocument } from '../../../src/message/entry.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { condition, device, domain, juliet } from './bench.ts';
import { codes, garden, NS_USER, RoomBench } from './room-bench.ts';

const MUC = 'http://jabber.org/protocol/muc';
const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';
const all: readonly Capability[] = ['send', 'retract', 'react', 'join', 'leave', 'describe', 'setRole', 'members'];
const owned: readonly Member[] = [
  { user: 'r', name: 'Romeo', role: 'member' },
  { user: 'm', name: 'Mercutio', role: 'admin' },
  { user: null, name: 'Juliet', role: 'owner' },
];

async function room(t: TestContext, members?: readonly Member[], document?: ChatDocument): Promise<RoomBench> {
  const rooms = await RoomBench.start(document, members);
  t.after(() => rooms[Symbol.asyncDispose]());
  await able(rooms, all);
  return rooms;
}

async function able({ bench, account, ...rooms }: RoomBench, can: readonly Capability[]): Promise<void> {
  void rooms;
  bench.back.now = { state: 'online', self: 'romeo', can };
  bench.front.session(account, bench.back.now);
  await new Promise((resolve) => setImmediate(resolve));
}

const info = (node?: string): string => `<query xmlns='${INFO}'${node === undefined ? '' : ` node='${node}'`}/>`;
const identities = (answer: Element): readonly (readonly (string | undefined)[])[] =>
  answer
    .getChild('query', INFO)
    ?.getChildren('identity')
    .map(({ attrs }) => [attrs['category'], attrs['type'], attrs['name']]) ?? [];
const features = (answer: Element): readonly string[] =>
  answer
    .getChild('query', INFO)
    ?.getChildren('feature')
    .map(({ attrs }) => attrs['var'] ?? '') ?? [];
const jids = (answer: Element): readonly (string | undefined)[] =>
  answer
    .getChild('query', ITEMS)
    ?.getChildren('item')
    .map(({ attrs }) => attrs['jid']) ?? [];

test('R32: a room says what it is: name, kind, features, and a form first among the forms', async (t) => {
  const { bench } = await room(t);
  const answer = await bench.ask('get', info(), garden);
  assert.deepEqual(identities(answer), [['conference', 'text', 'The garden']]);
  const told = features(answer);
  for (const feature of [
    ...['muc_membersonly', 'muc_nonanonymous', 'muc_hidden', MUC, 'vcard-temp', 'urn:xmpp:sid:0', 'urn:xmpp:mam:2'],
    ...['urn:xmpp:mam:2#extended', 'urn:xmpp:occupant-id:0', 'urn:xmpp:message-moderate:0'],
    ...['urn:xmpp:message-moderate:1', 'urn:xmpp:reactions:0', 'urn:xmpp:ping'],
  ])
    assert(told.includes(feature), feature);
  assert.deepEqual(told, [...told].sort());
  assert.equal(new Set(told).size, told.length, 'each once');
  const [form] = answer.getChild('query', INFO)?.getChildren('x', 'jabber:x:data') ?? [];
  const fields = form?.getChildren('field').map(({ attrs, ...field }) => [attrs['var'], text(field as Element)]);
  assert.deepEqual(fields, [
    ['FORM_TYPE', `${MUC}#roominfo`],
    ['muc#roomconfig_roomname', 'The garden'],
    ['muc#roominfo_description', 'Roses'],
    ['muc#roominfo_subject', 'Roses'],
    ['muc#roominfo_occupants', '3'],
    ['muc#roomconfig_allowpm', 'anyone'],
  ]);
});
const text = (field: Element): string =>
  (field.children as readonly Element[]).map((value) => (value.children as readonly string[]).join('')).join();

test('R32: a room that everybody may enter says so', async (t) => {
  const { bench } = await room(t, undefined, { name: 'The garden', joined: true, open: true, size: 700 });
  const answer = await bench.ask('get', info(), garden);
  const told = features(answer);
  for (const feature of ['muc_open', 'muc_semianonymous', 'muc_public']) assert(told.includes(feature), feature);
  for (const feature of ['muc_membersonly', 'muc_nonanonymous', 'muc_hidden']) assert(!told.includes(feature), feature);
  assert.match(answer.toString(), /muc#roominfo_occupants"[^/]*<value>700</);
});

test('R32: a room in which somebody may not speak is moderated', async (t) => {
  const rooms = await room(t);
  const told = async () =>
    features(await rooms.bench.ask('get', info(), garden)).filter((one) => /moderated/.test(one));
  assert.deepEqual(await told(), ['muc_unmoderated']);
  rooms.members([{ user: 'm', role: 'muted' }]);
  await rooms.settled();
  assert.deepEqual(await told(), ['muc_moderated']);
});

test('R32: what a room announces as a request it answers', async (t) => {
  const { bench } = await room(t);
  for (const [type, payload] of [
    ['get', info()],
    ['get', `<query xmlns='${ITEMS}'/>`],
    ['get', `<vCard xmlns='vcard-temp'/>`],
    ['get', `<ping xmlns='urn:xmpp:ping'/>`],
    ['get', `<query xmlns='${MUC}#owner'/>`],
    ['get', `<query xmlns='${MUC}#admin'><item affiliation='owner'/></query>`],
    ['get', `<query xmlns='urn:xmpp:mam:2'/>`],
  ] as const) {
    const answer = await bench.ask(type, payload, garden);
    assert.equal(answer.attrs['type'], 'result', payload);
  }
});

test('R32: a room that the account is not in may be looked at where it could be joined, and by nobody else', async (t) => {
  const rooms = await room(t);
  const { bench } = rooms;
  const other = `#orchard@${domain}`;
  assert.deepEqual(identities(await bench.ask('get', info(), other)), [['conference', 'text', 'orchard']]);
  await able(rooms, ['send']);
  assert.equal(condition(await bench.ask('get', info(), `#wood@${domain}`)), 'item-not-found');
  assert.equal(condition(await bench.ask('get', info(), garden, 'tybalt@example.org/x')), 'forbidden');
});

test('R32: the domain is a gateway first, and a host of rooms where the network has some', async (t) => {
  const rooms = await room(t);
  const { bench } = rooms;
  const kinds = async () => identities(await bench.ask('get', info())).map(([category]) => category);
  assert.deepEqual(await kinds(), ['gateway', 'conference']);
  await able(rooms, ['send']);
  assert.deepEqual(await kinds(), ['gateway']);
});

test("R32: the domain's items are the rooms that the account is in, then the network's list, by pages", async (t) => {
  const rooms = await room(t);
  const { bench } = rooms;
  const ask = async (inside = ''): Promise<Element> => bench.ask('get', `<query xmlns='${ITEMS}'>${inside}</query>`);
  assert.deepEqual(jids(await ask()), [garden]);
  await able(rooms, [...all, 'rooms']);
  const names = ['a', 'b', 'garden', 'c', 'd'];
  bench.back.listed = ({ after, limit }) => {
    const from = after === undefined ? 0 : Number(after);
    const some = names.slice(from, from + limit).map((id) => ({ chat: { kind: 'group', id } as const, name: id }));
    return from + limit < names.length ? { rooms: some, next: `${from + limit}` } : { rooms: some };
  };
  const seen: (string | undefined)[] = [];
  let after = '';
  for (let page = 0; page < 9; page += 1) {
    const answer = await ask(`<set xmlns='http://jabber.org/protocol/rsm'><max>2</max>${after}</set>`);
    const last = answer.getChild('query', ITEMS)?.getChild('set')?.getChildText('last') ?? '';
    if (last === '') break;
    seen.push(...jids(answer));
    after = `<after>${last}</after>`;
  }
  assert.deepEqual(seen, [garden, ...['a', 'b', 'c', 'd'].map((id) => `#${id}@${domain}`)]);
  const lost = await ask(`<set xmlns='http://jabber.org/protocol/rsm'><after>#z@${domain}</after></set>`);
  assert.equal(condition(lost), 'item-not-found');
});

test("R32: a room's items are those in it, by pages", async (t) => {
  const { bench } = await room(t);
  const ask = (inside = ''): Promise<Element> => bench.ask('get', `<query xmlns='${ITEMS}'>${inside}</query>`, garden);
  assert.deepEqual(jids(await ask()), [`${garden}/Romeo`, `${garden}/Mercutio`, `${garden}/Juliet`]);
  const page = await ask(
    `<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><after>${garden}/Romeo</after></set>`,
  );
  assert.deepEqual(jids(page), [`${garden}/Mercutio`]);
  assert.equal(page.getChild('query', ITEMS)?.getChild('set')?.getChildText('count'), '3');
});

test('R43: a ping to oneself tells whether one is in the room', async (t) => {
  const rooms = await room(t);
  const { bench } = rooms;
  const ping = async (nick: string, from = device): Promise<string | undefined> => {
    const answer = await bench.ask('get', `<ping xmlns='urn:xmpp:ping'/>`, `${garden}/${nick}`, from);
    return answer.attrs['type'] === 'result' ? 'result' : condition(answer);
  };
  assert.equal(await ping('Juliet'), 'not-acceptable');
  await rooms.join();
  assert.equal(await ping('Juliet'), 'result');
  assert.equal(await ping('Juliet', `${juliet}/elsewhere`), 'not-acceptable', 'another device is not in it');
  assert.equal(await ping('Romeo'), 'service-unavailable');
  assert.equal(await ping('Nobody'), 'item-not-found');
  const elsewhere = await bench.ask('get', `<ping xmlns='urn:xmpp:ping'/>`, `#nowhere@${domain}/Juliet`);
  assert.equal(condition(elsewhere), 'not-acceptable', 'item-not-found would mean another nick');
});

test('R43: whatever else is asked of somebody in a room has an answer, and the right one', async (t) => {
  const rooms = await room(t, [
    { user: 'r', name: 'Romeo \u{1F339}', role: 'owner' },
    { user: null, name: 'Juliet', role: 'member' },
  ]);
  const { bench } = rooms;
  const version = `<query xmlns='jabber:iq:version'/>`;
  const card = `<vCard xmlns='vcard-temp'/>`;
  const ask = async (payload: string, nick = 'Romeo', type: 'get' | 'set' = 'get'): Promise<string | undefined> => {
    const answer = await bench.ask(type, payload, `${garden}/${nick}`);
    return answer.attrs['type'] === 'result' ? answer.children.join('') : condition(answer);
  };
  for (const payload of [info(), `<query xmlns='${ITEMS}'/>`]) assert.equal(await ask(payload), 'bad-request');
  for (const payload of [version, card]) assert.equal(await ask(payload), 'not-acceptable');
  await rooms.join();
  for (const payload of [info(), `<query xmlns='${ITEMS}'/>`, version]) {
    assert.equal(await ask(payload), 'service-unavailable');
    assert.equal(await ask(payload, 'Juliet'), 'service-unavailable');
    assert.equal(await ask(payload, 'Nobody'), 'item-not-found');
  }
  assert.equal(await ask(version, 'Romeo', 'set'), 'service-unavailable');
  const romeo = '<vCard xmlns="vcard-temp"><FN>Romeo \u{1F339}</FN><NICKNAME>Romeo</NICKNAME></vCard>';
  assert.equal(await ask(card), romeo);
  assert.equal(await ask(card, 'Nobody'), 'item-not-found');
  const stranger = await bench.ask('get', version, `${garden}/Romeo`, 'tybalt@example.org/x');
  assert.equal(condition(stranger), 'forbidden');
});

const admin = (...items: readonly string[]): string => `<query xmlns='${MUC}#admin'>${items.join('')}</query>`;
const roles = (rooms: RoomBench): readonly string[] =>
  rooms.bench.back.calls.filter((call) => call.startsWith('setRole'));

test('R41: kicks, bans, roles and affiliations become roles of the network', async (t) => {
  const rooms = await room(t, owned);
  const wishes: readonly (readonly [item: string, call: string])[] = [
    [`<item nick='Romeo' role='none'/>`, 'setRole garden r none'],
    [`<item nick='Romeo' role='visitor'/>`, 'setRole garden r muted'],
    [`<item nick='Romeo' role='participant'/>`, 'setRole garden r member'],
    [`<item nick='Romeo' role='moderator'/>`, 'setRole garden r moderator'],
    [`<item jid='r@${domain}' affiliation='outcast'/>`, 'setRole garden r banned'],
    [`<item jid='r@${domain}' affiliation='none'/>`, 'setRole garden r none'],
    [`<item jid='r@${domain}' affiliation='member'/>`, 'setRole garden r member'],
    [`<item jid='m@${domain}' affiliation='owner'/>`, 'setRole garden m owner'],
    [`<item nick='Mercutio' affiliation='admin'/>`, 'setRole garden m admin'],
    [`<item jid='stranger@${domain}' affiliation='none'/>`, 'setRole garden stranger none'],
  ];
  for (const [item] of wishes)
    assert.equal((await rooms.bench.ask('set', admin(item), garden)).attrs['type'], 'result', item);
  assert.deepEqual(
    roles(rooms),
    wishes.map(([, call]) => call),
  );
});

test('R41: what is wrong or not allowed is refused, and nothing of it is done', async (t) => {
  const rooms = await room(t, owned);
  const wishes: readonly (readonly [items: readonly string[], refusal: string])[] = [
    [[`<item nick='Romeo' role='none' affiliation='none'/>`], 'bad-request'],
    [[`<item nick='Romeo'/>`], 'bad-request'],
    [[], 'bad-request'],
    [[`<item nick='Romeo' role='king'/>`], 'bad-request'],
    [[`<item jid='r@${domain}' role='none'/>`], 'bad-request'],
    [[`<item nick='Nobody' role='none'/>`], 'item-not-found'],
    [[`<item jid='r@elsewhere.example' affiliation='outcast'/>`], 'item-not-found'],
    [[`<item jid='${juliet}' affiliation='member'/>`], 'conflict'],
    [[`<item nick='Juliet' role='none'/>`], 'conflict'],
    [[`<item nick='Romeo' role='none'/>`, `<item nick='Nobody' role='none'/>`], 'item-not-found'],
  ];
  for (const [items, refusal] of wishes)
    assert.equal(condition(await rooms.bench.ask('set', admin(...items), garden)), refusal, items.join());
  assert.deepEqual(roles(rooms), []);
});

test('R41: who is no moderator may not, nor a moderator to one above him; the network has the last word', async (t) => {
  const rooms = await room(t);
  const kick = async (nick: string): Promise<string | undefined> =>
    condition(await rooms.bench.ask('set', admin(`<item nick='${nick}' role='none'/>`), garden));
  assert.equal(await kick('Mercutio'), 'forbidden');
  rooms.members([{ user: null, role: 'moderator' }]);
  await rooms.settled();
  assert.equal(await kick('Romeo'), 'not-allowed');
  rooms.bench.back.setRole = async () => {
    throw new LinkError({ code: 'forbidden', detail: 'not you' });
  };
  assert.equal(await kick('Mercutio'), 'forbidden');
});

test('R41: lists by affiliation and by role', async (t) => {
  const { bench } = await room(t, owned);
  const list = async (wanted: string): Promise<readonly string[] | string> => {
    const answer = await bench.ask('get', admin(`<item ${wanted}/>`), garden);
    const items = answer.getChild('query', `${MUC}#admin`)?.getChildren('item');
    return (
      items?.map(({ attrs }) => `${attrs['nick']} ${attrs['jid']} ${attrs['affiliation']} ${attrs['role']}`) ??
      condition(answer) ??
      ''
    );
  };
  assert.deepEqual(await list(`affiliation='owner'`), [`Juliet ${juliet} owner moderator`]);
  assert.deepEqual(await list(`affiliation='admin'`), [`Mercutio m@${domain} admin moderator`]);
  assert.deepEqual(await list(`affiliation='member'`), [`Romeo r@${domain} member participant`]);
  assert.deepEqual(await list(`role='participant'`), [`Romeo r@${domain} member participant`]);
  assert.equal(await list(`affiliation='outcast'`), 'feature-not-implemented', 'the network cannot say');
  assert.equal(await list(`affiliation='king'`), 'bad-request');
  assert.equal(await list(''), 'bad-request');
});

test('R41: the list of the banned is that of the network, and a ban on it is lifted', async (t) => {
  const rooms = await room(t, owned);
  const { bench } = rooms;
  const outcasts = () => bench.ask('get', admin(`<item affiliation='outcast'/>`), garden);
  bench.back.outcasts = [
    { user: 't', role: 'banned', by: 'm', reason: 'too hot' },
    { user: '*!*@spam.example', name: '*!*@Spam.example', role: 'banned' },
  ];
  const items = (await outcasts()).getChild('query')?.getChildren('item') ?? [];
  const mask = `*!*\\40spam.example@${domain}`;
  assert.deepEqual(
    items.map(({ attrs }) => attrs),
    [
      { affiliation: 'outcast', jid: `t@${domain}` },
      { affiliation: 'outcast', jid: mask },
    ],
  );
  assert.deepEqual(
    [items[0]?.getChild('actor')?.attrs['nick'], items[0]?.getChildText('reason')],
    ['Mercutio', 'too hot'],
  );
  const lift = admin(`<item jid='${mask}' affiliation='none'/>`, `<item jid='t@${domain}' affiliation='none'/>`);
  assert.equal((await bench.ask('set', lift, garden)).attrs['type'], 'result');
  assert.deepEqual(roles(rooms).slice(-2), ['setRole garden *!*@spam.example none', 'setRole garden t none']);
  rooms.members([{ user: null, role: 'member' }]);
  await rooms.settled();
  assert.equal(condition(await outcasts()), 'forbidden', 'it is for moderators');
});

const submit = (fields: Readonly<Record<string, string>>): string =>
  `<query xmlns='${MUC}#owner'><x xmlns='jabber:x:data' type='submit'>` +
  `<field var='FORM_TYPE'><value>${MUC}#roomconfig</value></field>` +
  Object.entries(fields)
    .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    .join('') +
  `</x></query>`;
const LEAVE = '{urn:moongate:room:1}leave';

test("the room's form: what it is called on the network, and what leaving it means", async (t) => {
  const rooms = await room(t);
  const { bench } = rooms;
  const values = async (): Promise<readonly string[]> => {
    const answer = await bench.ask('get', `<query xmlns='${MUC}#owner'/>`, garden);
    const fields = answer.getChild('query', `${MUC}#owner`)?.getChild('x', 'jabber:x:data')?.getChildren('field') ?? [];
    return fields.map(({ attrs, ...field }) => `${attrs['var']}=${text(field as Element)}`);
  };
  assert.deepEqual(await values(), [
    `FORM_TYPE=${MUC}#roomconfig`,
    'muc#roomconfig_roomname=The garden',
    'muc#roomconfig_roomdesc=Roses',
    `${LEAVE}=0`,
  ]);
  const sent = { 'muc#roomconfig_roomname': 'The orchard', 'muc#roomconfig_roomdesc': 'Roses', [LEAVE]: '1' };
  assert.equal((await bench.ask('set', submit(sent), garden)).attrs['type'], 'result');
  assert.deepEqual(
    bench.back.calls.filter((call) => call.startsWith('describe')),
    ['describe garden {"name":"The orchard"}'],
    'only what is different is told to the network',
  );
  assert((await values()).includes(`${LEAVE}=1`));
  assert.equal(condition(await bench.ask('set', submit({ [LEAVE]: 'maybe' }), garden)), 'bad-request');
  const cancel = `<query xmlns='${MUC}#owner'><x xmlns='jabber:x:data' type='cancel'/></query>`;
  assert.equal((await bench.ask('set', cancel, garden)).attrs['type'], 'result');
});

test('R42: an owner destroys his room: he leaves the group, and each of his devices the room', async (t) => {
  const rooms = await room(t, owned);
  await rooms.join();
  const { bench } = rooms;
  const destroy = `<query xmlns='${MUC}#owner'><destroy jid='other@muc.example.org'><reason>Done</reason></destroy></query>`;
  const before = bench.sent.length;
  assert.equal((await bench.ask('set', destroy, garden)).attrs['type'], 'result');
  assert(bench.back.calls.includes('leave garden'));
  const [farewell] = bench.sent.slice(before).filter((stanza) => stanza.is('presence'));
  assert.equal(farewell?.attrs['type'], 'unavailable');
  const end = farewell.getChild('x', NS_USER)?.getChild('destroy');
  assert.deepEqual([end?.attrs['jid'], end?.getChildText('reason')], ['other@muc.example.org', 'Done']);
  assert(codes(farewell).includes('110'));
  const item = farewell.getChild('x', NS_USER)?.getChild('item')?.attrs;
  assert.deepEqual([item?.['affiliation'], item?.['role']], ['none', 'none']);
});

test('R42: nobody else destroys it', async (t) => {
  const { bench } = await room(t);
  const answer = await bench.ask('set', `<query xmlns='${MUC}#owner'><destroy/></query>`, garden);
  assert.equal(condition(answer), 'forbidden');
  assert(!bench.back.calls.includes('leave garden'));
});

const moderations: Readonly<Record<string, (id: string) => string>> = {
  ':1': (id) =>
    `<moderate xmlns='urn:xmpp:message-moderate:1' id='${id}'>` +
    `<retract xmlns='urn:xmpp:message-retract:1'/><reason>Rude</reason></moderate>`,
  ':0': (id) =>
    `<apply-to xmlns='urn:xmpp:fasten:0' id='${id}'><moderate xmlns='urn:xmpp:message-moderate:0'>` +
    `<retract xmlns='urn:xmpp:message-retract:0'/><reason>Rude</reason></moderate></apply-to>`,
};
for (const [version, moderation] of Object.entries(moderations))
  test(`R45: a moderator takes a message away, message-moderate${version}`, async (t) => {
    const rooms = await room(t, owned);
    const { bench, account } = rooms;
    await rooms.archived(rooms.said('r', 'A plague on both your houses'));
    assert.equal((await bench.ask('set', moderation('archived-say1'), garden)).attrs['type'], 'result');
    const [entry] = await bench.waiting(account);
    assert(entry?.type === 'retract');
    assert.deepEqual([entry.target, entry.moderated], ['archived-say1', { reason: 'Rude' }]);
    assert.equal(condition(await bench.ask('set', moderation('nothing'), garden)), 'item-not-found');
    rooms.members([{ user: null, role: 'member' }]);
    await rooms.settled();
    assert.equal(condition(await bench.ask('set', moderation('archived-say1'), garden)), 'forbidden');
  });

test('R32: who looks at a room that he is not in leaves no trace', async (t) => {
  const { bench, account } = await room(t);
  const number = async (name: string): Promise<number> => bench.store.chatNumber(account, name);
  const before = await number('group/probe-1');
  for (let index = 0; index < 20; index += 1) await bench.ask('get', info(), `#look-${index}@${domain}`);
  assert.equal(await number('group/probe-2'), before + 1, 'no chat got a number');
});
