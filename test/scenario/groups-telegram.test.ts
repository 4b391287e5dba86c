// Groups of Telegram as rooms, for a client of each server: people, what they say and do, and a group that moves.
import assert from 'node:assert/strict';
import { x, type Element } from '../../src/xmpp/stanza.ts';
import type { TestClient } from '../server/client.ts';
import { codesOf, fromRoom, join, nick, NS_SID, NS_USER, refusal, short } from './room-acts.ts';
import { scenes, TELEGRAM, type TelegramUser, type World } from './support.ts';

interface Choir extends TelegramUser {
  readonly eve: number;
  /** Where Anna, who owns the group, acts. */
  readonly place: { readonly bot: number; readonly user: number; readonly chat: number };
  readonly room: string;
}

/** A user with a bot in a group of Anna and Eve; there it is an administrator, so it sees everything. */
async function choir(
  world: World,
  {
    type = 'supergroup',
    ...more
  }: { readonly type?: 'group' | 'supergroup' | 'channel'; readonly is_forum?: true } = {},
): Promise<Choir> {
  const joined = await world.telegramUser();
  const { user, bot, anna } = joined;
  const { control } = world.telegram;
  const eve = await control.createUser({ first_name: 'Eve' });
  const about = { title: 'Choir', description: 'Sing!', type, ...more } as const;
  const { id } = await control.createGroup({ ...about, members: [anna.id, eve.id] });
  const place = { bot: bot.id, user: anna.id, chat: id };
  if (type !== 'channel') await control.addToGroup(place);
  await control.setMember({ bot: bot.id, by: anna.id, chat: id, user: bot.id, status: 'administrator' });
  const room = `#${id}@${TELEGRAM}`;
  await user.waitFor((stanza) => stanza.attrs['from'] === room && invitation(stanza) !== undefined);
  // Asked about once more since it is an administrator.
  const asked = { bot: bot.id, method: 'getChatMemberCount', done: true };
  await control.waitForCalls({ ...asked, count: type === 'channel' ? 1 : 2 });
  return { ...joined, eve: eve.id, place, room };
}

const invitation = (stanza: Element): Element | undefined => stanza.getChild('x', NS_USER)?.getChild('invite');

/** Says something in the room; resolves with the reflection. */
async function say(user: TestClient, room: string, id: string, ...inside: readonly Element[]): Promise<Element> {
  const after = user.stanzas.length;
  await user.send(x('message', { to: room, type: 'groupchat', id }, ...inside));
  return user.waitFor((stanza) => stanza.is('message') && stanza.attrs['id'] === id, { after });
}

const roleOf = (presence: Element): string | undefined =>
  presence.getChild('x', NS_USER)?.getChild('item')?.attrs['role'];
const body = (text: string): Element => x('body', {}, text);
const stanzaId = (stanza: Element, room: string): string | undefined =>
  stanza.getChildren('stanza-id', NS_SID).find(({ attrs }) => attrs['by'] === room)?.attrs['id'];

scenes({}, (scene) => {
  scene('R33', 'the bot is added to a group: an invitation, then a room with its people and topic', async (world) => {
    const { user, room, place, eve } = await choir(world);
    const { control } = world.telegram;
    await join(user, { room });
    await control.sendText({ ...place, user: eve, text: 'Good morning' });
    const said = await user.body('Good morning');
    assert.deepEqual([said.attrs['type'], said.attrs['from']], ['groupchat', `${room}/Eve`]);
    const again = await join(user, { room });
    assert.deepEqual(again.map(short).toSorted(), ['+Anna', '+Eve', '+Juliet', 'Eve: Good morning', 'subject Sing!']);
  });

  scene('R38', 'text, corrections and reactions go both ways, each on the message that it means', async (world) => {
    const { user, room, place, eve, bot } = await choir(world);
    const { control } = world.telegram;
    await join(user, { room });
    const own = await say(user, room, 'm1', body('Helo all'));
    assert.equal(nick(own), 'Juliet');
    await say(user, room, 'm2', body('Hello all'), x('replace', { xmlns: 'urn:xmpp:message-correct:0', id: 'm1' }));
    const { message } = await control.sendText({ ...place, user: eve, text: 'helo' });
    const theirs = await user.body('helo');
    await control.editMessage({ ...place, user: eve, message_id: message.message_id, text: 'hello' });
    const edit = await user.body('hello');
    assert.ok(edit.getChild('replace', 'urn:xmpp:message-correct:0'));
    const target = stanzaId(theirs, room) ?? '';
    const reactions = x('reactions', { xmlns: 'urn:xmpp:reactions:0', id: target }, x('reaction', {}, '👍'));
    await say(user, room, 'm3', reactions);
    const shown = await control.messages({ bot: bot.id, chat: place.chat });
    const mine = shown.find((one) => one.message.from?.id === bot.id);
    assert.equal(mine?.message.text, 'Hello all');
    const reacted = shown.find((one) => one.message.message_id === message.message_id);
    assert.deepEqual(reacted?.reactions[bot.id], [{ type: 'emoji', emoji: '👍' }]);
    const after = user.stanzas.length;
    await control.react({ ...place, message_id: mine.message.message_id, reaction: ['🔥'] });
    const reaction = await user.waitFor(
      (stanza) => stanza.getChild('reactions', 'urn:xmpp:reactions:0') !== undefined,
      {
        after,
      },
    );
    assert.equal(reaction.attrs['from'], `${room}/Anna`);
    assert.equal(reaction.getChild('reactions')?.attrs['id'], stanzaId(own, room));
  });

  scene('R38', 'the topics of a forum are threads of the room', async (world) => {
    const { user, room, place, eve, bot } = await choir(world, { is_forum: true });
    const { control } = world.telegram;
    await join(user, { room });
    const topic = (await control.createTopic({ ...place, name: 'Tenors' })).message.message_id;
    await user.body('[opened the topic "Tenors"]');
    await control.sendText({ ...place, user: eve, thread: topic, text: 'Who sings high?' });
    const asked = await user.body('Who sings high?');
    assert.equal(asked.getChildText('thread'), String(topic));
    await control.sendText({ ...place, user: eve, text: 'in general' });
    assert.equal((await user.body('in general')).getChild('thread'), undefined);

    const own = await say(user, room, 'm1', body('I do'), x('thread', {}, String(topic)));
    assert.equal(own.getChildText('thread'), String(topic));
    // A client that knows no threads, but answers: Telegram puts that where the question is.
    const to = { to: `${room}/Eve`, id: stanzaId(asked, room) ?? '' };
    await say(user, room, 'm2', body('really'), x('reply', { xmlns: 'urn:xmpp:reply:0', ...to }));
    await say(user, room, 'm3', body('hello all'), x('thread', {}, 'e0ffe42b28561960c6b12b944a092794'));
    const sent = await control.log({ bot: bot.id, chat: place.chat, direction: 'from-bot' });
    assert.deepEqual(
      sent.map(({ text, message }) => [text, message['message_thread_id']]),
      [
        ['I do', topic],
        ['really', topic],
        ['hello all', undefined],
      ],
    );
  });

  scene('R38', 'who speaks in the name of the group or of a channel is that, and stands in the room', async (world) => {
    const { user, room, place, anna, eve } = await choir(world);
    const { control } = world.telegram;
    const news = await control.createGroup({ title: 'News', type: 'channel', members: [anna.id] });
    await control.linkChannel({ ...place, channel: news.id });
    await join(user, { room });
    const after = user.stanzas.length;
    await control.sendText({ ...place, as: place.chat, text: 'we decided' });
    await control.sendText({ ...place, chat: news.id, text: 'breaking' });
    const post = await user.body('breaking');
    await control.sendText({ ...place, user: eve, text: 'really?' });
    await user.body('really?');
    const heard = fromRoom(user, room, after).map(short);
    assert.deepEqual(heard, ['+Choir', 'Choir: we decided', '+News', 'News: breaking', '+Eve', 'Eve: really?']);

    const reactions = x(
      'reactions',
      { xmlns: 'urn:xmpp:reactions:0', id: stanzaId(post, room) },
      x('reaction', {}, '👍'),
    );
    await say(user, room, 'm1', reactions);
  });

  scene('R39', 'a channel is read, and written to only where the bot may post', async (world) => {
    const { user, room, place, eve, bot, anna } = await choir(world, { type: 'channel' });
    const { control } = world.telegram;
    const before = user.stanzas.length;
    assert.ok((await join(user, { room })).map(short).includes('+Juliet'));
    // What Telegram is asked about the channel may come when its user is in already.
    await user.waitFor((stanza) => short(stanza) === 'subject Sing!', { after: before });
    const { message_id } = (await control.sendText({ ...place, text: 'first post' })).message;
    const post = await user.body('first post');
    assert.equal(nick(post), 'Choir');
    const after = user.stanzas.length;
    await control.react({ ...place, user: eve, message_id, reaction: ['🔥'] });
    const all = await user.waitFor((stanza) => stanza.getChild('reactions', 'urn:xmpp:reactions:0') !== undefined, {
      after,
    });
    assert.deepEqual([nick(all), all.getChild('reactions')?.attrs['id']], ['Choir', stanzaId(post, room)]);
    await say(user, room, 'm1', body('and mine'));
    const posts = await control.messages({ bot: bot.id, chat: place.chat });
    assert.deepEqual(
      posts.map(({ message }) => message.text),
      ['first post', 'and mine'],
    );

    const rights = { can_post_messages: false };
    await control.setMember({
      ...{ bot: bot.id, by: anna.id, chat: place.chat, user: bot.id, status: 'administrator', rights },
    });
    const silenced = await user.waitFor(
      (stanza) => stanza.is('presence') && short(stanza) === '+Juliet' && roleOf(stanza) === 'visitor',
      { after },
    );
    assert.ok(codesOf(silenced).includes('110'));
    const refused = await say(user, room, 'm2', body('more'));
    assert.deepEqual([refused.attrs['type'], refusal(refused)], ['error', 'forbidden']);
  });

  scene('R42', 'who joins, leaves or is banned on Telegram does so in the room', async (world) => {
    const { user, room, place, eve, anna } = await choir(world);
    const { control } = world.telegram;
    await join(user, { room });
    const kim = await control.createUser({ first_name: 'Kim' });
    const after = user.stanzas.length;
    await control.joinGroup({ bot: place.bot, chat: place.chat, user: kim.id });
    await user.waitFor((stanza) => short(stanza) === '+Kim', { after });
    await control.leaveGroup({ bot: place.bot, chat: place.chat, user: kim.id });
    await user.waitFor((stanza) => short(stanza) === '-Kim', { after });
    await control.sendText({ ...place, user: eve, text: 'last words' });
    await user.body('last words');
    await control.setMember({ bot: place.bot, by: anna.id, chat: place.chat, user: eve, status: 'kicked' });
    const banned = await user.waitFor((stanza) => short(stanza) === '-Eve', { after });
    assert.ok(codesOf(banned).includes('301'));
  });

  scene('R45', 'somebody is named and hears of it; a message of his is taken away where the bot may', async (world) => {
    const { user, room, place, eve, bot } = await choir(world);
    const { control } = world.telegram;
    await join(user, { room });
    await control.sendText({ ...place, user: eve, text: 'buy this' });
    const spam = await user.body('buy this');
    await say(user, room, 'm1', body('Eve: please not here'));
    const [sent] = await control.log({ bot: bot.id, chat: place.chat, direction: 'from-bot' });
    const [entity] = sent?.message.entities ?? [];
    assert.deepEqual([entity?.type, entity?.offset, entity?.length, entity?.user?.id], ['text_mention', 0, 3, eve]);

    const after = user.stanzas.length;
    const retract = x('retract', { xmlns: 'urn:xmpp:message-retract:1' });
    const id = stanzaId(spam, room);
    const moderate = x('moderate', { xmlns: 'urn:xmpp:message-moderate:1', id }, retract, x('reason', {}, 'spam'));
    assert.equal((await user.iq('set', room, moderate)).attrs['type'], 'result');
    const gone = await user.waitFor((stanza) => stanza.getChild('retract')?.attrs['id'] === id, { after });
    assert.ok(gone.getChild('retract')?.getChild('moderated', 'urn:xmpp:message-moderate:1'));
    const left = await control.messages({ bot: bot.id, chat: place.chat });
    assert.ok(!left.some(({ message }) => message.text === 'buy this'));
  });

  scene('R42', 'a user kicks somebody where his bot may, and is refused where it may not', async (world) => {
    const { user, room, place, eve } = await choir(world);
    const { control } = world.telegram;
    await join(user, { room });
    await control.sendText({ ...place, user: eve, text: 'spam' });
    await user.body('spam');
    const item = (name: string) => x('item', { nick: name, role: 'none' });
    const kick = (name: string) =>
      user.iq('set', room, x('query', { xmlns: 'http://jabber.org/protocol/muc#admin' }, item(name)));
    const after = user.stanzas.length;
    assert.equal((await kick('Eve')).attrs['type'], 'result');
    await user.waitFor((stanza) => short(stanza) === '-Eve', { after });
    await assert.rejects(control.sendText({ ...place, user: eve, text: 'more' }), /not in the group/);
    const owner = await kick('Anna');
    assert.equal(owner.attrs['type'], 'error');
    assert.ok(['forbidden', 'not-allowed'].includes(refusal(owner) ?? ''), refusal(owner));
  });

  scene('R42', 'a command of the room makes an invite link of the group', async (world) => {
    const { user, room } = await choir(world);
    const node = 'http://jabber.org/protocol/commands';
    const list = await user.iq('get', room, x('query', { xmlns: 'http://jabber.org/protocol/disco#items', node }));
    const items = list.getChild('query')?.getChildren('item') ?? [];
    const title = 'Make an invite link';
    assert.deepEqual(
      items.map(({ attrs }) => [attrs['jid'], attrs['node'], attrs['name']]),
      [[room, 'network/invite-link', title]],
    );
    const order = x('command', { xmlns: node, node: 'network/invite-link', action: 'execute' });
    const done = (await user.iq('set', room, order)).getChild('command', node);
    assert.equal(done?.attrs['status'], 'completed');
    assert.match(done.getChildText('note') ?? '', /^https:\/\/t\.me\/\S+$/);
  });

  scene('R42', 'a group that becomes a supergroup is another room, with what was said before', async (world) => {
    const { user, room, place, eve, bot } = await choir(world, { type: 'group' });
    const { control } = world.telegram;
    await join(user, { room });
    await control.sendText({ ...place, user: eve, text: 'before' });
    await user.body('before');
    const after = user.stanzas.length;
    const { id } = await control.migrateGroup(place);
    const next = `#${id}@${TELEGRAM}`;
    const gone = await user.waitFor((stanza) => stanza.getChild('x', NS_USER)?.getChild('destroy') !== undefined, {
      after,
    });
    assert.equal(gone.getChild('x', NS_USER)?.getChild('destroy')?.attrs['jid'], next);
    const heard = (await join(user, { room: next })).map(short);
    assert.ok(heard.includes('Eve: before') && heard.includes('+Eve'), heard.join());
    await say(user, next, 'm9', body('after'));
    const entries = await control.log({ bot: bot.id, chat: id, direction: 'from-bot' });
    assert.deepEqual(
      entries.map(({ text }) => text),
      ['after'],
    );
    assert.deepEqual(fromRoom(user, room, after).map(short), ['-Juliet']);
  });
});
