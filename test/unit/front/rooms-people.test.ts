// Who is in a room: comings, goings, names, and large rooms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../../src/adapter/api.ts';
import type { Element } from '../../../src/xmpp/stanza.ts';
import { device, domain } from './bench.ts';
import { chamber, codes, garden, NS_USER, people, RoomBench, short } from './room-bench.ts';

const error = (to: string, name = 'presence', from = device): string =>
  `<${name} type='error' from='${from}' to='${to}'><error type='cancel'>` +
  `<recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></${name}>`;

const occupantOf = (stanza: Element): unknown =>
  stanza.getChild('occupant-id', 'urn:xmpp:occupant-id:0')?.attrs['id'] ?? assert.fail('no occupant-id');

test('who comes and goes on the network comes and goes in the room', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() => {
    room.members([{ user: 't', name: 'Tybalt', role: 'member' }]);
    room.members([{ user: 'm', role: 'none' }]);
  });
  assert.deepEqual(heard.map(short), ['+Tybalt', '-Mercutio']);
  assert.deepEqual(heard.map(codes), [[], []]);
});

test('R42: kicks and bans say who did it and why', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() => {
    room.members([{ user: 'm', role: 'banned', by: 'r', reason: 'a plague' }]);
    room.members([{ user: null, role: 'none', by: 'r', reason: 'banished' }]);
  });
  assert.deepEqual(heard.map(short), ['-Mercutio', '-Juliet']);
  assert.deepEqual(heard.map(codes), [['301'], ['110', '307']]);
  const items = heard.map((stanza) => stanza.getChild('x', NS_USER)?.getChild('item'));
  assert.deepEqual(
    items.map((item) => [
      item?.attrs['affiliation'],
      item?.getChild('actor')?.attrs['nick'],
      item?.getChildText('reason'),
    ]),
    [
      ['outcast', 'Romeo', 'a plague'],
      ['none', 'Romeo', 'banished'],
    ],
  );
  assert.deepEqual(room.shows(room.said('r', 'Gone')), [], 'she hears no more of it');
});

for (const name of ['presence', 'message'])
  test(`R42: a device from which a ${name} bounces is out of the room, the others are not`, async () => {
    await using room = await RoomBench.start();
    await room.join();
    await room.join(chamber);
    const heard = await room.caused(error(`${garden}/Romeo`, name));
    assert.deepEqual(
      heard.map(({ attrs }) => attrs['to']),
      [device],
    );
    assert.deepEqual(heard.map(codes), [['110', '333']]);
    assert.deepEqual(room.bench.bounced, [], 'it is no affair of the lanes');
    assert.equal(room.shows(room.said('r', 'x')).length, 1);
  });

test('R42: a group that has moved is destroyed with the new room named, and invites into it', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.write('chat', 'group/tomb', { name: 'The garden', joined: true });
  const heard = await room.during(() => room.bench.front.moved(room.account, 'garden', 'tomb'));
  const [gone, invitation] = heard;
  assert.equal(gone?.getChild('x', NS_USER)?.getChild('destroy')?.attrs['jid'], `#tomb@${domain}`);
  assert(invitation?.getChild('x', NS_USER)?.getChild('invite'));
  assert.equal(heard.length, 2);
});

test('R42: with the account goes everybody', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() =>
    room.bench.hear(
      `<iq type='set' id='bye' from='${device}' to='${domain}'><query xmlns='jabber:iq:register'><remove/></query></iq>`,
    ),
  );
  assert(heard.some((stanza) => codes(stanza).includes('332')));
});

const hatsOf = (stanza: Element | undefined): unknown =>
  stanza
    ?.getChild('hats', 'urn:xmpp:hats:0')
    ?.getChildren('hat')
    .map(({ attrs }) => [attrs['title'], attrs['uri']]);

test('R45: titles are hats, of those who are there and of those who get one; who has lost his wears none', async () => {
  await using room = await RoomBench.start(undefined, [{ ...people[0], titles: ['bot', 'Chief gardener'] } as Member]);
  const [romeo] = await room.join();
  assert.deepEqual(hatsOf(romeo), [
    ['bot', 'urn:moongate:hat:1#bot'],
    ['Chief gardener', 'urn:moongate:hat:1#Chief%20gardener'],
  ]);
  const given = await room.during(() => room.members([{ user: null, role: 'member', titles: ['Treasurer'] }]));
  assert.deepEqual(given.map(short), ['+Juliet']);
  assert.deepEqual(hatsOf(given[0]), [['Treasurer', 'urn:moongate:hat:1#Treasurer']]);
  assert.deepEqual(codes(given[0] as never), ['110']);
  await room.bench.restart();
  await room.bench.front.online();
  assert.deepEqual((await room.join()).flatMap((one) => hatsOf(one) ?? []).length, 3, 'they are kept');
  const taken = await room.during(() => room.members([{ user: 'r', role: 'owner', titles: [] }]));
  assert.deepEqual(taken.map(hatsOf), [undefined]);
  assert.deepEqual(await room.during(() => room.members([{ user: 'r', role: 'owner' }])), [], 'nothing new');
});

test('R46: two with one name are told apart, and both speak', async () => {
  await using room = await RoomBench.start(undefined, [...people, { user: 'r2', name: 'Romeo', role: 'member' }]);
  const nicks = (await room.join()).filter((stanza) => stanza.is('presence')).map(short);
  assert.equal(new Set(nicks).size, 4);
  assert.match(nicks[2] ?? '', /^\+Romeo \([a-z2-7]{4}\)$/);
  assert.equal(short(room.shows(room.said('r', 'I'))[0] as never), 'Romeo: I');
  assert.equal(short(room.shows(room.said('r2', 'I too'))[0] as never), `${nicks[2]?.slice(1) ?? ''}: I too`);
});

test('a new name is a new nick (303)', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() => room.members([{ user: 'm', name: 'Queen Mab', role: 'member' }]));
  assert.deepEqual(heard.map(short), ['-Mercutio', '+Queen Mab']);
  assert.deepEqual(codes(heard[0] as never), ['303']);
  assert.equal(heard[0]?.getChild('x', NS_USER)?.getChild('item')?.attrs['nick'], 'Queen Mab');
});

test('R46: a new id of somebody (a nick on IRC) is a new nick (303), and what he says next is his', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() =>
    room.members([{ user: 'mab', was: 'm', name: 'Queen Mab', role: 'member', reason: 'a dream' }]),
  );
  assert.deepEqual(heard.map(short), ['-Mercutio', '+Queen Mab']);
  assert.deepEqual(heard.map(codes), [['303'], []]);
  assert.equal(heard[0]?.getChild('x', NS_USER)?.getChild('item')?.attrs['nick'], 'Queen Mab');
  const [before, now] = heard.map(occupantOf);
  assert.notEqual(before, now, 'the occupant-id belongs to the id: another may take the old one');
  const said = room.shows(room.said('mab', 'I talk of dreams', { name: 'Queen Mab' }));
  assert.deepEqual(said.map(short), ['Queen Mab: I talk of dreams']);
  assert.deepEqual(said.map(occupantOf), [now]);
});

test('who speaks and was never mentioned is there first; who has left comes back for his words', async () => {
  await using room = await RoomBench.start();
  await room.join();
  room.members([{ user: 'm', role: 'none' }]);
  assert.deepEqual(room.shows(room.said('m', 'A plague', { name: 'Mercutio' })).map(short), [
    '+Mercutio',
    'Mercutio: A plague',
    '-Mercutio',
  ]);
  await using other = await RoomBench.start(undefined, []);
  other.members([{ user: 'r', name: 'Romeo', role: 'owner' }]);
  await other.settled();
});

const crowd = (size: number): readonly Member[] => [
  ...people,
  ...Array.from({ length: size }, (_, index): Member => ({
    user: `u${index}`,
    name: `Guest ${index}`,
    role: 'member',
  })),
];

test('R47: in a room of thousands something can be said after few presences; whoever speaks is shown, the rest follows', async () => {
  await using room = await RoomBench.start(undefined, crowd(5_000));
  const began = performance.now();
  const heard = await room.join();
  const took = performance.now() - began;
  assert(heard.length <= 200, `${heard.length} stanzas`);
  assert(took < 300, `${took} ms`);
  assert.deepEqual(heard.slice(0, 1).map(short), ['+Romeo'], 'moderators first');
  assert.deepEqual(room.shows(room.said('u4999', 'Is it late?')).map(short), [
    '+Guest 4999',
    'Guest 4999: Is it late?',
  ]);
  const all = (): number => room.bench.sent.filter((stanza) => stanza.is('presence')).length;
  for (let turn = 0; all() < 5_002 && turn < 200; turn++) room.bench.clock.advance(100);
  assert.equal(all() + 1, 5_003, 'everybody once, the talker with his words');
});

test('R47: a netsplit is no burst, and who is back before his turn was never away', async () => {
  await using room = await RoomBench.start(undefined, crowd(90));
  await room.join();
  const split = crowd(90).filter(({ user }) => user?.startsWith('u') === true);
  const heard = await room.during(() => {
    room.members(split.map(({ user }) => ({ user, role: 'none' })));
  });
  assert(heard.length <= 20, `${heard.length} at once`);
  const back = await room.during(() => {
    room.members(split);
    for (let turn = 0; turn < 10; turn++) room.bench.clock.advance(100);
  });
  assert(
    back.every((stanza) => stanza.attrs['type'] === undefined),
    'nobody else was seen to go',
  );
  assert.equal(back.length, heard.length);
});
