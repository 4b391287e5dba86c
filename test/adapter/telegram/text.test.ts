// What each kind of Telegram message reads like, and that nothing which can be sent reads like nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursorAfter, readBatch, withoutLast } from '../../../adapters/telegram/batch.ts';
import { readable } from '../../../adapters/telegram/text.ts';
import { readUpdate } from '../../../adapters/telegram/updates.ts';
import { batchFaults } from '../../../src/adapter/testing/faults.ts';
import type { LogEvent, NetworkEvent } from './imports.ts';
import { textOf } from './world.ts';

const NOW = 1_800_000_000_000;
const anna = { id: 7, is_bot: false, first_name: 'Anna', username: 'AnnaB' };
const place = { geo: { latitude: 52.5, longitude: 13.4 } };
const envelope = {
  message_id: 5,
  date: 1_700_000_000,
  from: anna,
  chat: { id: 7, type: 'private', first_name: 'Anna' },
};

const LINES: readonly (readonly [object, string])[] = [
  [{ text: 'plain' }, 'plain'],
  [
    {
      text: 'see here and there',
      entities: [{ type: 'text_link', offset: 4, length: 4, url: 'https://example.org/' }],
    },
    'see here and there',
  ],
  [{ text: 'bold', entities: [{ type: 'bold', offset: 0, length: 4 }] }, 'bold'],
  [{ text: 'x', entities: [{ type: 'text_link', offset: 0, length: 9, url: 'https://example.org/' }] }, 'x'],
  [{ text: 'news', forward_origin: { type: 'user', sender_user: anna } }, '[forwarded from Anna]\nnews'],
  [{ text: 'news', forward_origin: { type: 'hidden_user', sender_user_name: 'B.' } }, '[forwarded from B.]\nnews'],
  [
    { text: 'news', forward_origin: { type: 'channel', chat: { title: 'Daily' }, author_signature: 'Ed' } },
    '[forwarded from Daily, Ed]\nnews',
  ],
  [{ text: 'news', forward_origin: { type: 'new' } }, '[forwarded from someone]\nnews'],
  [{ text: 'cat', via_bot: { username: 'gif' } }, '[via @gif]\ncat'],
  [{ text: 'no', reply_to_story: {} }, '[in reply to a story]\nno'],
  [
    { text: 'no', external_reply: { origin: { type: 'user', sender_user: anna } }, quote: { text: 'yes?' } },
    '[in reply to Anna: yes?]\nno',
  ],
  [{ text: 'we', sender_chat: { title: 'Club' } }, '[as Club]\nwe'],
  [{ photo: [{}] }, '[photo]'],
  [{ photo: [{}], caption: 'our cat' }, '[photo] our cat'],
  [{ video: { duration: 65, file_size: 2_500_000 } }, '[video 1:05, 2.5 MB]'],
  [{ animation: {}, document: {} }, '[animation]'],
  [{ video_note: { duration: 9 } }, '[video message 0:09]'],
  [{ voice: { duration: 12 } }, '[voice message 0:12]'],
  [{ audio: { performer: 'Nina', title: 'Song', duration: 181 } }, '[audio Nina, Song, 3:01]'],
  [{ document: { file_name: 'a.pdf', file_size: 1_234 } }, '[file a.pdf, 1.2 kB]'],
  [{ sticker: { emoji: '👋' } }, '[sticker 👋]'],
  [{ sticker: {} }, '[sticker]'],
  [{ story: {} }, '[story]'],
  [{ location: place.geo }, '[location] geo:52.5,13.4'],
  [{ location: { ...place.geo, live_period: 60 } }, '[live location] geo:52.5,13.4'],
  [
    { location: place.geo, venue: { location: place.geo, title: 'Bar', address: 'Road 1' } },
    '[place] Bar, Road 1, geo:52.5,13.4',
  ],
  [{ contact: { first_name: 'Bo', phone_number: '+49 30 1' } }, '[contact] Bo, +49 30 1'],
  [{ dice: { emoji: '🎲', value: 4 } }, '[🎲: 4]'],
  [{ poll: { question: 'When?', options: [{ text: 'now' }, { text: 'later' }] } }, '[poll] When?\n1. now\n2. later'],
  [{ poll: { type: 'quiz', question: 'Why?', options: [] } }, '[quiz] Why?'],
  [{ game: { title: 'Go', description: 'stones' } }, '[game] Go, stones'],
  [{ invoice: { title: 'Tea', description: 'green' } }, '[invoice] Tea, green'],
  [{ successful_payment: {} }, '[payment received]'],
  [{ pinned_message: {} }, '[pinned a message]'],
  [
    { message_auto_delete_timer_changed: { message_auto_delete_time: 60 } },
    '[messages are deleted after 60 s from now on]',
  ],
  [{ message_auto_delete_timer_changed: { message_auto_delete_time: 0 } }, '[messages are kept from now on]'],
  [{ connected_website: 'example.org' }, '[logged in at example.org]'],
  [{ write_access_allowed: {} }, '[allowed the bot to write]'],
  [{ users_shared: {} }, '[shared users]'],
  [{ chat_shared: {} }, '[shared a chat]'],
  [{ web_app_data: { data: 'yes' } }, '[web app] yes'],
  [{ refunded_payment: {} }, '[payment returned]'],
  [{ checklist: { title: 'Camp', tasks: [{ text: 'tent' }, { text: 'tea' }] } }, '[checklist] Camp\n1. tent\n2. tea'],
  [{ checklist_tasks_done: { marked_as_done_task_ids: [1, 2] } }, '[checklist: 2 done]'],
  [
    { checklist_tasks_done: { marked_as_done_task_ids: [1], marked_as_not_done_task_ids: [2] } },
    '[checklist: 1 done, 1 to do again]',
  ],
  [{ checklist_tasks_added: { tasks: [{ text: 'mugs' }, {}] } }, '[added to a checklist: mugs, ?]'],
  [{ giveaway: {} }, '[giveaway]'],
  [{ giveaway_created: {} }, '[started a giveaway]'],
  [{ giveaway_winners: { winner_count: 3 } }, '[giveaway: 3 have won]'],
  [{ paid_media: {} }, '[paid photos or videos]'],
  [{ gift: {} }, '[gift]'],
  [{ unique_gift: {} }, '[gift]'],
  [{ paid_message_price_changed: {} }, '[changed the price of a message]'],
  [{ new_chat_title: 'Hedges' }, '[changed the name to "Hedges"]'],
  [{ new_chat_photo: [{}] }, '[changed the picture]'],
  [{ delete_chat_photo: true }, '[removed the picture]'],
  [{ group_chat_created: true }, '[created the group]'],
  [{ supergroup_chat_created: true }, '[created the group]'],
  [{ channel_chat_created: true }, '[created the channel]'],
  [{ forum_topic_created: { name: 'Roses' } }, '[opened the topic "Roses"]'],
  [{ forum_topic_edited: { name: 'Lilies' } }, '[changed the topic "Lilies"]'],
  [{ forum_topic_edited: { icon_custom_emoji_id: '1' } }, '[changed the topic]'],
  [{ forum_topic_closed: {} }, '[closed the topic]'],
  [{ forum_topic_reopened: {} }, '[opened the topic again]'],
  [{ general_forum_topic_hidden: {} }, '[hid the general topic]'],
  [{ general_forum_topic_unhidden: {} }, '[shows the general topic again]'],
  [{ video_chat_scheduled: { start_date: 1 } }, '[scheduled a video chat]'],
  [{ video_chat_started: {} }, '[started a video chat]'],
  [{ video_chat_ended: { duration: 125 } }, '[ended the video chat after 2:05]'],
  [{ video_chat_participants_invited: { users: [anna] } }, '[invited Anna to the video chat]'],
  [{ proximity_alert_triggered: { distance: 20 } }, '[is within 20 m]'],
  [{ boost_added: { boost_count: 1 } }, '[boosted the group]'],
  [{ boost_added: { boost_count: 4 } }, '[boosted the group several times]'],
  [{ chat_background_set: {} }, '[changed the background]'],
  [{ chat_owner_left: {} }, '[the owner has left]'],
  [{ chat_owner_changed: { new_owner: anna } }, '[passed everything on to Anna]'],
  [{ hologram_sent: {} }, '[something that cannot be shown here: hologram sent]'],
  [{}, '[something that cannot be shown here]'],
];

test('every kind of message has its line', () => {
  for (const [message, line] of LINES) assert.equal(readable({ ...envelope, ...message }), line);
});

test('a live location that moves is not said again and again', () => {
  const edited = { ...envelope, edit_date: 1_700_000_009, location: { ...place.geo, live_period: 60 } };
  assert.equal(readUpdate({ update_id: 1, edited_message: edited }, NOW).event, undefined);
});

test('the same update has the same key, and ids that begin again another one', () => {
  const key = (message: object) =>
    readUpdate({ update_id: 1, message: { ...envelope, text: 'a', ...message } }, NOW).event?.key;
  assert.equal(key({}), key({}));
  assert.notEqual(key({}), key({ date: 1_700_000_001 }));
});

test('only the very same update counts as said in the last batch', () => {
  const update = { update_id: 100, message: { ...envelope, text: 'a' } };
  const other = { update_id: 100, message: { ...envelope, text: 'another, after ids began again' } };
  const { last = [] } = cursorAfter([update]) ?? {};
  assert.deepEqual(withoutLast([update, other], last), [other]);
});

/** Every copy of `value` in which one part is missing or something else. */
function* damaged(value: unknown): Generator<unknown> {
  yield* [null, 0, -1, 1.5, 1e300, '', 'x', true, [], {}, [[{}]], { toString: 1 }, '\u0000', '9'.repeat(5_000)];
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const { [key]: part, ...rest } = value as Record<string, unknown>;
    yield rest;
    for (const worse of damaged(part)) yield { ...rest, [key]: worse };
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const empty = {
  get: () => Promise.resolve(new Map<string, Uint8Array>()),
  list: async function* () {
    await Promise.resolve();
    yield* [];
  },
};

const placeOf = (event: NetworkEvent) => (event.type === 'message' ? event.content.location : undefined);

async function read(update: unknown): Promise<readonly NetworkEvent[]> {
  const { batch } = await readBatch([update], empty, silent, NOW);
  assert.deepEqual(batchFaults(batch), [], JSON.stringify(update));
  return batch.events ?? [];
}

test('damage of any part of any message is never silence, and never stops the batch', async () => {
  let tried = 0;
  for (const [message] of LINES) {
    for (const update of damaged({ update_id: 9, message: { ...envelope, ...message } })) {
      const said = (await read(update)).some((event) => textOf(event as LogEvent) || placeOf(event) !== undefined);
      assert.ok(said, JSON.stringify(update));
      tried += 1;
    }
  }
  assert.ok(tried > 5_000, `only ${tried} tried`);
});

test('damage of any part of an edit, a reaction or a membership stops nothing', async () => {
  const edited = { ...envelope, edit_date: 1_700_000_009, text: 'new' };
  const change = { chat: envelope.chat, from: anna, date: 1, new_chat_member: { status: 'kicked', user: anna } };
  for (const update of damaged({ update_id: 9, edited_message: edited })) assert.ok((await read(update)).length > 0);
  const reaction = { message_id: 5, chat: envelope.chat, user: anna, date: 1_700_000_009 };
  const sets = { old_reaction: [], new_reaction: [{ type: 'emoji', emoji: '👍' }] };
  const answer = { ...edited, reply_to_message: { ...envelope, text: 'old' }, quote: { text: 'ol', position: 0 } };
  const message_reaction = { ...reaction, ...sets };
  for (const update of damaged({ update_id: 9, message_reaction })) assert.ok((await read(update)).length > 0);
  for (const update of damaged({ update_id: 9, edited_message: answer })) assert.ok((await read(update)).length > 0);
  for (const update of damaged({ update_id: 9, my_chat_member: change })) await read(update);
});

test('damage of any part of what is said and done in groups is never silence, and stops nothing', async () => {
  const chat = { id: -1_001_234_567_890, type: 'supergroup', title: 'Hedge' };
  const inGroup = { ...envelope, chat, message_thread_id: 3, is_topic_message: true };
  const member = { user: anna, status: 'administrator', can_restrict_members: true };
  const change = { chat, from: anna, date: 1_700_000_009, old_chat_member: member, new_chat_member: member };
  for (const update of damaged({ update_id: 9, message: { ...inGroup, text: 'hi', sender_chat: chat } })) {
    const said = (await read(update)).some((event) => textOf(event as LogEvent) !== undefined);
    assert.ok(said, JSON.stringify(update));
  }
  for (const update of [
    { edited_message: { ...inGroup, edit_date: 1_700_000_009, text: 'new', reply_to_message: inGroup } },
    { channel_post: { ...inGroup, chat: { ...chat, type: 'channel' }, text: 'news', author_signature: 'Ed' } },
    { message: { ...inGroup, new_chat_members: [anna] } },
    { message: { ...inGroup, migrate_to_chat_id: -1_001_234_567_891 } },
    { message_reaction: { ...inGroup, user: anna, old_reaction: [], new_reaction: [{ type: 'emoji', emoji: '👍' }] } },
    { chat_member: change },
    { my_chat_member: change },
  ]) {
    for (const broken of damaged({ update_id: 9, ...update })) await read(broken);
  }
});
