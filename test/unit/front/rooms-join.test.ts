// Into a room and out of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkError } from '../../../src/link.ts';
import { condition, device, juliet } from './bench.ts';
import { chamber, codes, garden, nickOf, NS_USER, people, RoomBench, short } from './room-bench.ts';

test('R33: others come first, oneself last with what is to be known, then history and the subject', async () => {
  await using room = await RoomBench.start();
  await room.archived(room.said('r', 'It is the east'), room.said('m', 'Blind is his love'));
  const heard = await room.join();
  assert.deepEqual(heard.map(short), [
    '+Romeo',
    '+Mercutio',
    '+Juliet',
    'Romeo: It is the east',
    'Mercutio: Blind is his love',
    'subject Roses',
  ]);
  assert.deepEqual(heard.map(codes).flat(), ['110', '100', '170']);
  assert(heard.every(({ attrs }) => attrs['to'] === device));
});

test('R33: an empty subject is told too', async () => {
  await using room = await RoomBench.start({ joined: true });
  assert.equal((await room.join()).at(-1)?.getChild('subject')?.getText(), '');
});

test('R33: who asks for another name than the network gives him is told so', async () => {
  await using room = await RoomBench.start();
  const heard = await room.join(device, 'Jule');
  const own = heard.find((stanza) => codes(stanza).includes('110'));
  assert(own);
  assert.equal(nickOf(own), 'Juliet');
  assert.deepEqual(codes(own), ['110', '100', '170', '210']);
});

test('R34: without a nick it is no address', async () => {
  await using room = await RoomBench.start();
  const [answer] = await room.caused(
    `<presence from='${device}' to='${garden}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`,
  );
  assert(answer);
  assert.equal(condition(answer), 'jid-malformed');
});

test('R34: a name that somebody else has is a conflict, where the network gives none', async () => {
  await using room = await RoomBench.start(undefined, [{ user: 'r', name: 'Romeo', role: 'member' }]);
  const [answer, ...others] = await room.join(device, 'romeo');
  assert(answer);
  assert.equal(condition(answer), 'conflict');
  assert.deepEqual(others, []);
});

for (const [code, expected] of [
  ['forbidden', 'forbidden'],
  ['blocked', 'registration-required'],
  ['invalid', 'not-authorized'],
  ['not-found', 'item-not-found'],
  ['too-large', 'service-unavailable'],
  ['offline', 'recipient-unavailable'],
] as const)
  test(`R34: a network that refuses with ${code} is told as ${expected}`, async () => {
    await using room = await RoomBench.start({});
    room.bench.back.join = async () => {
      throw new LinkError({ code, detail: 'so it says' });
    };
    const [answer] = await room.join(device, 'Juliet', '<password>rose</password>');
    assert(answer);
    assert.equal(answer.attrs['type'], 'error');
    assert.equal(condition(answer), expected);
    assert.equal(answer.attrs['id'], 'join');
  });

test('R34: a room that the account is not in is joined on the network, with the password', async () => {
  await using room = await RoomBench.start({});
  await room.join(device, 'Juliet', '<password>rose</password>');
  assert(room.bench.back.calls.includes('join garden rose'));
});

test('a room that got its name as the account came in says so: clients have asked for it before', async () => {
  await using room = await RoomBench.start({});
  room.bench.back.join = () => room.write('chat', 'group/garden', { name: 'The garden', joined: true, open: true });
  const heard = await room.join();
  assert.deepEqual(heard.slice(-2).map(codes), [[], ['104']]);
  const again = await room.join();
  assert(!again.some((stanza) => codes(stanza).includes('104')));
});

test('R35: a second device is another session of the same occupant', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.join(chamber);
  assert(
    heard.every(({ attrs }) => attrs['to'] === chamber),
    'the first device sees nothing new',
  );
  const message = room.shows(room.said('r', 'Good night'));
  assert.deepEqual(
    message.map(({ attrs }) => attrs['to']),
    [device, chamber],
  );
  const gone = await room.caused(`<presence type='unavailable' from='${device}' to='${garden}/Juliet'/>`);
  assert.deepEqual(
    gone.map(({ attrs }) => attrs['to']),
    [device],
  );
  assert.deepEqual(gone.map(codes), [['110']]);
  assert.deepEqual(
    room.shows(room.said('r', 'A thousand times')).map(({ attrs }) => attrs['to']),
    [chamber],
  );
});

test('R36: joining again tells all once more', async () => {
  await using room = await RoomBench.start();
  const first = await room.join();
  const again = await room.join();
  assert.deepEqual(again.map(short), first.map(short));
});

test('R36: a presence that does not ask to come in is no join, and its writer learns that he is out', async () => {
  await using room = await RoomBench.start();
  const heard = await room.caused(`<presence from='${device}' to='${garden}/Juliet'/>`);
  assert.deepEqual(heard.map(short), ['-Juliet']);
  assert.deepEqual(heard.map(codes), [['110', '307', '333']]);
});

test('R37: as much history as is asked for, with the time from the room', async () => {
  await using room = await RoomBench.start();
  const said = [...'abcdefgh'].map((letter) => room.said('r', letter));
  await room.archived(...said);
  const bodies = async (ask: string) =>
    (await room.join(device, 'Juliet', `<history ${ask}/>`)).flatMap((stanza) => stanza.getChildText('body') ?? []);
  assert.deepEqual(await bodies(`maxstanzas='3'`), ['f', 'g', 'h']);
  assert.deepEqual(await bodies(`maxstanzas='0'`), []);
  assert.deepEqual(await bodies(`maxchars='0'`), []);
  const [some] = (await room.join(device, 'Juliet')).filter((stanza) => stanza.getChild('body'));
  assert(some);
  const size = some.toString().length + 40;
  assert.equal((await bodies(`maxchars='${2 * size}'`)).length, 2);
  room.bench.clock.advance(60_000);
  await room.archived(room.said('m', 'late'));
  assert.deepEqual(await bodies(`seconds='30'`), ['late']);
  assert.deepEqual(await bodies(`since='${new Date(room.bench.clock.now() - 1).toISOString()}'`), ['late']);
  const delay = some.getChild('delay', 'urn:xmpp:delay');
  assert.equal(delay?.attrs['from'], garden);
  assert.equal(delay?.attrs['stamp'], new Date(1_000_000).toISOString());
});

test('R40: every presence bears role and affiliation, also the last one', async () => {
  await using room = await RoomBench.start();
  const heard = await room.join();
  const items = heard.map((stanza) => stanza.getChild('x', NS_USER)?.getChild('item')?.attrs);
  assert.deepEqual(
    items.slice(0, 3).map((item) => [item?.['affiliation'], item?.['role']]),
    [
      ['owner', 'moderator'],
      ['member', 'participant'],
      ['member', 'participant'],
    ],
  );
  const [left] = await room.during(() => room.members([{ user: 'm', role: 'none' }]));
  assert.deepEqual(left?.getChild('x', NS_USER)?.getChild('item')?.attrs['role'], 'none');
});

test('R44: an occupant-id is the same in presence and message, for ever, and says nothing of its bearer', async () => {
  await using room = await RoomBench.start();
  const idOf = (stanza: Element0 | undefined) => stanza?.getChild('occupant-id', 'urn:xmpp:occupant-id:0')?.attrs['id'];
  const [romeo, mercutio] = await room.join();
  const id = idOf(romeo);
  assert(id !== undefined && id !== idOf(mercutio) && !id.includes('r'.repeat(2)));
  room.members([{ user: 'r', name: 'Montague', role: 'owner' }]);
  assert.equal(idOf(room.shows(room.said('r', 'It is the lark'))[0]), id);
  await room.bench.restart();
  await room.bench.front.online();
  assert.equal(idOf((await room.join())[0]), id);
});
type Element0 = Awaited<ReturnType<RoomBench['join']>>[number];

test('a nick that the network has not given is changed; for another than it has given it is asked', async () => {
  await using room = await RoomBench.start(undefined, people.slice(0, 2));
  await room.join(device, 'Juliet');
  const heard = await room.caused(`<presence from='${device}' to='${garden}/Capulet'/>`);
  assert.deepEqual(heard.map(short), ['-Juliet', '+Capulet']);
  assert.deepEqual(heard.map(codes), [['110', '303'], ['110']]);
  const [taken] = await room.caused(`<presence from='${device}' to='${garden}/Romeo'/>`);
  assert(taken);
  assert.equal(condition(taken), 'conflict');
  room.members([{ user: null, name: 'Capulet', role: 'member' }]);
  const asked = async (nick: string): Promise<string | undefined> => {
    const [answer] = await room.caused(`<presence from='${device}' to='${garden}/${nick}'/>`);
    return answer && condition(answer);
  };
  assert.equal(await asked('Jule'), undefined);
  assert.equal(room.bench.back.calls.at(-1), 'rename garden Jule');
  const renamed = await room.during(() => room.members([{ user: null, name: 'Jule', role: 'member' }]));
  assert.deepEqual(renamed.map(codes), [['110', '303'], ['110']]);
  for (const [code, expected] of [
    ['blocked', 'conflict'],
    ['invalid', 'not-acceptable'],
    ['unsupported', 'not-acceptable'],
    ['forbidden', 'forbidden'],
  ] as const) {
    room.bench.back.renaming = new LinkError({ code });
    assert.equal(await asked('Capulet'), expected);
  }
});

test('the network is left with the last device only where the user has asked for that', async () => {
  await using room = await RoomBench.start();
  const leave = `<presence type='unavailable' from='${device}' to='${garden}/Juliet'/>`;
  await room.join();
  await room.caused(leave);
  assert(!room.bench.back.calls.includes('leave garden'));
  await room.settings({ told: true, leave: true });
  await room.join();
  await room.caused(leave);
  assert(room.bench.back.calls.includes('leave garden'));
});

test('a room that the network has put the user in invites him, once', async () => {
  await using room = await RoomBench.start();
  const orchard = { name: 'The orchard', joined: true, invitedBy: 'r' };
  const heard = await room.during(() => room.document(orchard, 'orchard'));
  const [invitation] = heard;
  assert.equal(heard.length, 1);
  assert.equal(invitation?.attrs['from'], `#orchard@${garden.split('@')[1] ?? ''}`);
  assert.equal(invitation?.attrs['to'], juliet);
  assert.equal(
    invitation?.getChild('x', NS_USER)?.getChild('invite')?.attrs['from'],
    `r@${garden.split('@')[1] ?? ''}`,
  );
  assert.deepEqual(await room.during(() => room.document({ ...orchard, topic: 'Apples' }, 'orchard')), []);
});
