// What a Bot API may tell a bot: a grammar of the updates that ours knows, and of some that it does not.
import fc from 'fast-check';
import type { Answer } from './bot-api.ts';
import { damagedJson, oddValue } from './damage-json.ts';

/** People who write; few, so that what is known of each is what stays in memory. */
export const people = Array.from({ length: 40 }, (_, index) => 700_000_001 + index);

const words = fc.oneof(
  fc.constantFrom(
    'hello',
    '/start',
    '/help@gate_bot now',
    '*bold*',
    '> quoted\nanswer',
    '/me waves',
    '👩‍👩‍👧 é',
    '```\ncode',
  ),
  fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
);
const person = fc
  .tuple(fc.constantFrom(...people), fc.option(fc.constantFrom('anna', 'b_2', 'Zoe')), fc.option(words, { freq: 9 }))
  .map(([id, username, last_name]) => ({
    id,
    is_bot: false,
    first_name: `P${id % 100}`,
    ...given({ username, last_name }),
  }));
const group = fc.constantFrom(-100_200, -100_201).map((id) => ({ id, type: 'supergroup', title: 'Choir' }));
const number = fc.integer({ min: 1, max: 400 });
const date = fc.integer({ min: 1_700_000_000, max: 1_700_000_500 });

/** The fields that are there. */
function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

const kinds = [
  'bold',
  'italic',
  'underline',
  'strikethrough',
  'spoiler',
  'code',
  'pre',
  'blockquote',
  'text_link',
  'url',
];
const entity = fc
  .tuple(fc.constantFrom(...kinds, 'text_mention', 'custom_emoji'), fc.integer({ min: -1, max: 20 }), fc.nat(20))
  .map(([type, offset, length]) => ({
    ...{ type, offset, length },
    ...given({
      url: type === 'text_link' ? 'https://example.org/a?b=c' : null,
      language: type === 'pre' ? 'js' : null,
    }),
  }));
const entities = fc.option(fc.array(entity, { maxLength: 5 }));
const file = fc
  .tuple(fc.option(fc.nat(4_000)), fc.option(fc.nat(9_000_000)), fc.option(words))
  .map(([duration, file_size, file_name]) => ({ file_id: 'f', ...given({ duration, file_size, file_name }) }));
const spot = fc
  .tuple(
    fc.integer({ min: -100, max: 100 }),
    fc.integer({ min: -200, max: 200 }),
    fc.option(fc.constant(60), { freq: 5 }),
  )
  .map(([latitude, longitude, live_period]) => ({ latitude, longitude, ...given({ live_period }) }));
const said: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(words, entities).map(([text, marks]) => given({ text, entities: marks })) },
  fc
    .tuple(
      fc.constantFrom('photo', 'video', 'voice', 'audio', 'document', 'animation', 'video_note'),
      file,
      fc.option(words),
      entities,
    )
    .map(([kind, what, caption, marks]) => given({ [kind]: what, caption, caption_entities: marks })),
  spot.map((location) => ({ location })),
  fc.tuple(spot, words).map(([location, title]) => ({ location, venue: { location, title, address: 'Street 1' } })),
  fc.tuple(words, fc.array(words, { maxLength: 4 })).map(([question, all]) => ({
    poll: { question, type: 'quiz', options: all.map((text) => ({ text })) },
  })),
  fc.constantFrom<Record<string, unknown>>(
    { sticker: { emoji: '🎉' } },
    { dice: { emoji: '🎲', value: 4 } },
    { contact: { first_name: 'Q', phone_number: '+1' } },
    { story: {} },
    { message_auto_delete_timer_changed: { message_auto_delete_time: 60 } },
    { time_capsule: { opens: 2099 } },
    {},
  ),
);
const aside: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.tuple(number, fc.boolean(), words).map(([message_id, is_bot, text]) => ({
    reply_to_message: { message_id, date: 1_700_000_000, from: { id: 700, is_bot }, text },
  })),
  words.map((text) => ({
    quote: { text },
    external_reply: { origin: { type: 'hidden_user', sender_user_name: 'Q' } },
  })),
  fc.constantFrom(
    { forward_origin: { type: 'user', sender_user: { first_name: 'R' } } },
    { via_bot: { username: 'b' } },
  ),
);
const place = fc.oneof(
  { weight: 12, arbitrary: person.map((from) => ({ from, chat: { ...from, type: 'private' } })) },
  fc.tuple(person, group).map(([from, chat]) => ({ from, chat })),
);
const message = fc
  .tuple(place, number, date, said, aside)
  .map(([where, message_id, at, what, more]) => ({ ...where, message_id, date: at, ...what, ...more }));
const reaction = fc.constantFrom<unknown>(
  { type: 'emoji', emoji: '👍' },
  { type: 'emoji', emoji: '🎉' },
  { type: 'custom_emoji', custom_emoji_id: '5' },
  { type: 'paid' },
);
const changed = fc
  .tuple(place, number, date, fc.array(reaction, { maxLength: 3 }))
  .map(([{ from, chat }, message_id, at, new_reaction]) => ({
    user: from,
    chat,
    message_id,
    date: at,
    old_reaction: [],
    new_reaction,
  }));
const counted = fc
  .tuple(place, number, date, fc.array(fc.record({ type: reaction, total_count: number }), { maxLength: 3 }))
  .map(([{ chat }, message_id, at, reactions]) => ({ chat, message_id, date: at, reactions }));
const membership = fc
  .tuple(place, date, fc.constantFrom('member', 'kicked', 'left', 'administrator'))
  .map(([where, at, status]) => ({ ...where, date: at, new_chat_member: { status, user: { id: 700 } } }));

const update: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 10, arbitrary: message.map((what) => ({ message: what })) },
  {
    weight: 4,
    arbitrary: fc.tuple(message, date).map(([what, edit_date]) => ({ edited_message: { ...what, edit_date } })),
  },
  { weight: 3, arbitrary: changed.map((what) => ({ message_reaction: what })) },
  { weight: 1, arbitrary: counted.map((what) => ({ message_reaction_count: what })) },
  { weight: 1, arbitrary: membership.map((what) => ({ my_chat_member: what })) },
  { weight: 1, arbitrary: fc.constantFrom({ channel_post: {} }, { callback_query: { id: '1' } }, {}) },
);

/** An update that lacks only its number, whole or damaged. */
export const anyUpdate: fc.Arbitrary<unknown> = damagedJson(update);

/** What an update says of its own number: nearly always the truth. */
export const oddNumber = fc.option(oddValue, { freq: 30, nil: 'true' });

/** A good message of somebody: its place among the people. */
export const goodAuthor = fc.constantFrom(...people.slice(0, 5));

const refused = (code: number, description: string, retryAfter?: number): Answer => ({
  ...{ how: 'refuse', code, description },
  ...(retryAfter !== undefined && { retryAfter }),
});
const unclear: fc.Arbitrary<Answer> = fc.oneof(
  fc.constantFrom<Answer>({ how: 'html' }, { how: 'cut' }, { how: 'reset' }, refused(500, 'Internal Server Error')),
  oddValue.map((value): Answer => ({ how: 'nonsense', with: value })),
);
const soon = fc.constantFrom(refused(429, 'Too Many Requests: retry after 1', 1), refused(409, 'Conflict: terminated'));

/** How the attempts to send one message end; then they end well. */
export const attempts: fc.Arbitrary<readonly Answer[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Answer>({ how: 'well' }) },
    oddValue.map((value): Answer => ({ how: 'odd', with: value })),
    unclear,
    soon,
    fc.constantFrom(
      refused(400, 'Bad Request: chat not found'),
      refused(403, 'Forbidden: bot was blocked by the user'),
      refused(400, 'Bad Request: message is too long'),
      refused(418, '\u0000 <&> *'),
    ),
  ),
  { minLength: 1, maxLength: 4 },
);

/** How some polls end. */
export const polls: fc.Arbitrary<Answer[]> = fc.array(
  fc.oneof(
    unclear,
    soon,
    oddValue.map((value): Answer => ({ how: 'odd', with: value })),
    fc.constant<Answer>({ how: 'well' }),
  ),
  { maxLength: 3 },
);
