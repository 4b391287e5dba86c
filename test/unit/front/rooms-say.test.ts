// What is said in a room, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkError } from '../../../src/link.ts';
import type { InBody, OutBody } from '../../../src/message/entry.ts';
import { condition, device, domain } from './bench.ts';
import { chamber, garden, nickOf, NS_USER, RoomBench, short } from './room-bench.ts';

const NS_SID = 'urn:xmpp:sid:0';
const groupchat = (inside: string, id = 'say', to = garden): string =>
  `<message type='groupchat' id='${id}' from='${device}' to='${to}'>${inside}</message>`;
const body = (text: string): string => `<body>${text}</body>`;
const group = { kind: 'group', id: 'garden' } as const;

/** What the network took. */
const own = (said: Exclude<OutBody, { type: 'read' }>): InBody => ({ type: 'own', body: said, archived: 'row' });

test('R38: what a user says goes to the network, and comes back to all his devices under its own id and one stanza-id', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.join(chamber);
  const stanza =
    body('Good *night*') +
    `<origin-id xmlns='${NS_SID}' id='o1'/><stanza-id xmlns='${NS_SID}' by='${garden}' id='forged'/>` +
    `<x xmlns='${NS_USER}'><status code='100'/><item role='moderator'/></x>` +
    `<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>`;
  assert.deepEqual(await room.caused(groupchat(stanza, 'm1')), [], 'nothing is seen before the network has it');
  const [wish] = await room.bench.waiting(room.account);
  assert(wish?.type === 'message');
  assert.deepEqual(wish.chat, group);
  const heard = room.shows(own(wish));
  assert.deepEqual(
    heard.map(({ attrs }) => [attrs['to'], attrs['id'], attrs['type']]),
    [
      [device, 'm1', 'groupchat'],
      [chamber, 'm1', 'groupchat'],
    ],
  );
  for (const message of heard) {
    assert.equal(short(message), 'Juliet: Good *night*');
    assert.deepEqual(
      message.getChildren('stanza-id', NS_SID).map(({ attrs }) => attrs['id']),
      ['row'],
    );
    assert.equal(message.getChild('origin-id', NS_SID)?.attrs['id'], 'o1');
    assert.equal(message.getChild('x', NS_USER), undefined);
    const occupants = message.getChildren('occupant-id', 'urn:xmpp:occupant-id:0').map(({ attrs }) => attrs['id']);
    assert(occupants.length === 1 && occupants[0] !== 'forged');
    assert.equal(message.getChild('unstyled', 'urn:xmpp:styling:0'), undefined);
  }
});

test('R38: the thread of a message goes to the network, and all his devices see it', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.caused(groupchat(body('Red roses') + '<thread>17</thread>', 'm1'));
  const [wish] = await room.bench.waiting(room.account);
  assert(wish?.type === 'message');
  assert.equal(wish.content.thread, '17');
  const [reflection] = room.shows(own(wish));
  assert.equal(reflection?.getChildText('thread'), '17');
});

test('R38: what people of the network say bears the id of its archive row', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const [message] = room.shows(room.said('r', 'Look'));
  assert.equal(message?.getChild('stanza-id', NS_SID)?.attrs['id'], message?.attrs['id']);
  assert.equal(message?.getChild('stanza-id', NS_SID)?.attrs['by'], garden);
});

test('R39: a visitor may not speak, one who is not in the room neither', async () => {
  await using room = await RoomBench.start();
  const [outside] = await room.caused(groupchat(body('hello')));
  assert(outside);
  assert.equal(condition(outside), 'not-acceptable');
  room.members([{ user: null, role: 'muted' }]);
  await room.join();
  const [visitor] = await room.caused(groupchat(body('hello')));
  assert(visitor);
  assert.equal(condition(visitor), 'forbidden');
  assert.equal(visitor.attrs['id'], 'say');
  assert.deepEqual(await room.bench.waiting(room.account), []);
});

test('R39: a private message is one to that person, answered from where it was written to', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const pm = (nick: string, type = 'chat'): Promise<readonly unknown[]> =>
    room.caused(`<message type='${type}' id='pm' from='${device}' to='${garden}/${nick}'><body>psst</body></message>`);
  assert.deepEqual(await pm('Romeo'), []);
  const [wish] = await room.bench.waiting(room.account);
  assert(wish?.type === 'message');
  assert.deepEqual(wish.chat, { kind: 'direct', id: 'r' });
  assert.equal(wish.sender.to, `${garden}/Romeo`);
  const refusals = [await pm('Tybalt'), await pm('Romeo', 'groupchat')].flat() as Parameters<typeof condition>[0][];
  assert.deepEqual(refusals.map(condition), ['item-not-found', 'bad-request']);
});

test('R39: who asks to be let speak is told that no network knows that', async () => {
  await using room = await RoomBench.start();
  const form =
    `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request` +
    `</value></field><field var='muc#role'><value>participant</value></field></x>`;
  const ask = async () => (await room.caused(`<message id='v' from='${device}' to='${garden}'>${form}</message>`))[0];
  const outside = await ask();
  assert(outside);
  assert.equal(condition(outside), 'not-acceptable');
  await room.join();
  const answer = await ask();
  assert(answer);
  assert.deepEqual([condition(answer), answer.attrs['id']], ['feature-not-implemented', 'v']);
});

test('R39: nobody answers what somebody outside the room sends without words', async () => {
  await using room = await RoomBench.start();
  assert.deepEqual(await room.caused(groupchat(`<composing xmlns='http://jabber.org/protocol/chatstates'/>`)), []);
});

test('whom a text names is told to the network: by his nick in front, and where a client marks him', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const mark = (begin: number, end: number, uri: string): string =>
    `<reference xmlns='urn:xmpp:reference:0' type='mention' begin='${begin}' end='${end}' uri='xmpp:${uri}'/>`;
  const nick = mark(20, 28, `%23garden@${domain}/Mercutio`);
  const address = mark(7, 16, `t@${domain}`);
  const others = mark(0, 5, 'romeo@example.com') + mark(0, 5, `%23garden@${domain}/Nobody`);
  await room.caused(groupchat(body('Romeo: wherefore? \u{1F339} Mercutio') + nick + address + others));
  const [wish] = await room.bench.waiting(room.account);
  assert(wish?.type === 'message');
  assert.deepEqual(wish.content.spans, [
    { kind: 'mention', start: 0, end: 5, value: 'r' },
    { kind: 'mention', start: 7, end: 16, value: 't' },
    { kind: 'mention', start: 21, end: 29, value: 'm' },
  ]);
});

test('R45: edits, retractions and reactions name what clients know: the id of the message, or the stanza-id', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const at = room.bench.clock.now();
  const target = { stanza: 'theirs', archived: 'row1', mine: false, author: 'r' };
  const event = (rest: object): InBody =>
    ({
      type: 'event',
      target,
      archived: 'row2',
      event: { key: 'k', chat: group, at, target: '1', from: 'r', ...rest },
    }) as InBody;
  const [edit] = room.shows(event({ type: 'edit', content: { text: 'Hark' } }));
  assert.equal(edit?.getChild('replace', 'urn:xmpp:message-correct:0')?.attrs['id'], 'theirs');
  const [reaction] = room.shows(event({ type: 'react', emojis: ['\u{1F339}'] }));
  assert.equal(reaction?.getChild('reactions', 'urn:xmpp:reactions:0')?.attrs['id'], 'row1');
  const [retraction] = room.shows(event({ type: 'retract' }));
  assert.equal(retraction?.getChild('retract', 'urn:xmpp:message-retract:1')?.attrs['id'], 'row1');
  assert.equal(nickOf(retraction), 'Romeo');
  const [moderation] = room.shows(event({ type: 'retract', from: 'm' }));
  assert.equal(moderation?.attrs['from'], garden, 'what a moderator takes away, the room tells');
  const retract = moderation?.getChild('retract', 'urn:xmpp:message-retract:1');
  assert.equal(retract?.getChild('moderated', 'urn:xmpp:message-moderate:1')?.attrs['by'], `${garden}/Mercutio`);
});

test('a reply names the stanza-id, and whom it answers', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const said = room.said('m', 'Aye');
  const answer = { ...said, reply: { stanza: 'mine', archived: 'row9', mine: true } } as InBody;
  const reply = room.shows(answer)[0]?.getChild('reply', 'urn:xmpp:reply:0');
  assert.deepEqual([reply?.attrs['id'], reply?.attrs['to']], ['row9', `${garden}/Juliet`]);
});

test('a subject is a wish to the network, and seen when it is so; a refusal is told', async () => {
  await using room = await RoomBench.start();
  await room.join();
  assert.deepEqual(await room.caused(groupchat('<subject>Lilies</subject>', 's1')), []);
  const wishes = () => room.bench.back.calls.filter((call) => call.startsWith('describe'));
  assert.deepEqual(wishes(), ['describe garden {"topic":"Lilies"}']);
  await room.caused(groupchat('<subject>Tulips</subject><thread>t1</thread>', 's0'));
  assert.equal(wishes().length, 1, 'with a thread it is no change of the subject');
  const heard = await room.during(() => room.document({ name: 'The garden', topic: 'Lilies', joined: true }));
  assert.deepEqual(heard.map(short), ['subject Lilies']);
  assert.deepEqual(heard.map(nickOf), ['Juliet']);
  assert.equal(heard[0]?.attrs['id'], 's1');
  room.bench.back.describe = async () => {
    throw new LinkError({ code: 'forbidden' });
  };
  const [refused] = await room.caused(groupchat('<subject>Thorns</subject>', 's2'));
  assert(refused);
  assert.equal(condition(refused), 'forbidden');
});

test('R33: a subject comes from whoever has set it, and who joins later is told when that was', async () => {
  const topicAt = Date.parse('2026-05-04T10:00:00Z');
  await using room = await RoomBench.start({ topic: 'Roses', topicBy: 'r', topicAt, joined: true });
  const told = (await room.join()).at(-1);
  assert.deepEqual([told?.attrs['from'], told?.getChildText('subject')], [`${garden}/Romeo`, 'Roses']);
  assert(told?.getChild('occupant-id', 'urn:xmpp:occupant-id:0')?.attrs['id']);
  const delay = told.getChild('delay', 'urn:xmpp:delay');
  assert.deepEqual([delay?.attrs['from'], delay?.attrs['stamp']], [garden, '2026-05-04T10:00:00.000Z']);
  const changed = { topic: 'Lilies', topicBy: 'm', topicAt: topicAt + 1, joined: true };
  const [live] = await room.during(() => room.document(changed));
  assert.deepEqual([live?.attrs['from'], live?.getChild('delay')], [`${garden}/Mercutio`, undefined]);
  room.bench.clock.advance(topicAt + 3_600_000);
  const [late] = await room.during(() => room.document({ ...changed, topic: 'Rue' }));
  assert.equal(late?.getChild('delay')?.attrs['stamp'], '2026-05-04T10:00:00.001Z', 'the network was away');
  const [unsigned] = await room.during(() => room.document({ topic: 'Thyme', joined: true }));
  assert.equal(unsigned?.attrs['from'], garden, 'of whom nobody knows, the room says it');
});

test('R33: a subject that was set by somebody who has gone, or while the stream was down, comes from him, with its time', async () => {
  await using room = await RoomBench.start({ topic: 'Roses', topicBy: 'paris', topicAt: 1_000, joined: true });
  assert.equal((await room.join()).at(-1)?.attrs['from'], `${garden}/paris`);
  room.bench.front.offline();
  await room.document({ topic: 'Rue', topicBy: 'm', topicAt: 2_000, joined: true });
  const heard = await room.during(() => room.bench.front.online());
  const late = heard.find((stanza) => stanza.getChild('subject'));
  assert.deepEqual(
    [late?.attrs['from'], late?.getChild('delay')?.attrs['stamp']],
    [`${garden}/Mercutio`, '1970-01-01T00:00:02.000Z'],
  );
});

test('a name that changes is told as a change of the room', async () => {
  await using room = await RoomBench.start();
  await room.join();
  const heard = await room.during(() => room.document({ name: 'Verona', topic: 'Roses', joined: true }));
  assert.deepEqual(
    heard.map((stanza) => stanza.getChild('x', NS_USER)?.getChild('status')?.attrs['code']),
    ['104'],
  );
});

test('typing goes both ways', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.caused(groupchat(`<composing xmlns='http://jabber.org/protocol/chatstates'/>`));
  assert.deepEqual(room.bench.back.hints, [{ type: 'typing', chat: group, on: true }]);
  const heard = await room.during(() =>
    room.bench.front.hint(room.account, { type: 'typing', chat: group, from: 'r', on: true }),
  );
  assert.equal(heard.length, 1);
  assert.equal(nickOf(heard[0] as (typeof heard)[number]), 'Romeo');
  assert(heard[0]?.getChild('composing'));
});

test('a read marker of a room goes to the network', async () => {
  await using room = await RoomBench.start();
  await room.join();
  await room.caused(groupchat(`<displayed xmlns='urn:xmpp:chat-markers:0' id='row'/>`));
  const [marker] = await room.bench.waiting(room.account);
  assert(marker?.type === 'read');
  assert.deepEqual([marker.chat, marker.target], [group, 'row']);
});

test('invitations by the room and from person to person are passed on', async () => {
  await using room = await RoomBench.start();
  const invite = `<x xmlns='${NS_USER}'><invite to='t@${domain}'><reason>Do come</reason></invite></x>`;
  assert.deepEqual(await room.caused(`<message id='i' from='${device}' to='${garden}'>${invite}</message>`), []);
  const direct = `<body>Come</body><x xmlns='jabber:x:conference' jid='${garden}'/>`;
  assert.deepEqual(await room.caused(`<message id='j' from='${device}' to='b@${domain}'>${direct}</message>`), []);
  assert.deepEqual(
    room.bench.back.calls.filter((call) => call.startsWith('invite')),
    ['invite garden t', 'invite garden b'],
  );
  const strange = invite.replace(`t@${domain}`, 'someone@example.com');
  const [refused] = await room.caused(`<message id='k' from='${device}' to='${garden}'>${strange}</message>`);
  assert(refused);
  assert.equal(condition(refused), 'item-not-found');
});

test('what the gateway tells in a group is said by its room, and with nobody there by the gateway', async () => {
  await using room = await RoomBench.start();
  const notice: InBody = { type: 'notice', chat: group, notice: { about: 'waiting', values: {} } };
  assert.equal(room.shows(notice)[0]?.attrs['from'], `${domain}/@gateway`);
  await room.join();
  assert.deepEqual(
    room.shows(notice).map(({ attrs }) => [attrs['from'], attrs['type']]),
    [[garden, 'groupchat']],
  );
});
