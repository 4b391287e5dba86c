// What a Telegram message says, as text that can be read without Telegram. Nothing that was sent becomes silence.
import type { Content, Span } from 'moongate/adapter';
import { messageId } from './ids.ts';
import { spansOf } from './markup.ts';
import { SERVICE } from './service.ts';
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';

/** Whose eyes a message is read with. */
export interface View {
  /** The bot's own id. */
  readonly self: string;
  /** The id of whoever has this username, as far as that is known. */
  readonly idOf: (username: string) => string | undefined;
}

/** Of somebody who knows nobody. */
export const STRANGER: View = { self: '', idOf: () => undefined };

/** What a message says: text with its spans, a place, and what it answers. Throws on text that is no text. */
export function contentOf(message: Fields, view: View = STRANGER): Content {
  const replyTo = answered(message, view);
  const thread = message.is_topic_message === true ? whole(message.message_thread_id) : undefined;
  const more = { ...(replyTo && { replyTo }), ...(thread === undefined ? {} : { thread: String(thread) }) };
  const place = isPlainPlace(message) ? placeOf(message.location) : undefined;
  if (place !== undefined) return { location: place, ...more };
  const { text, spans } = shown(message, view);
  const notice = inGroup(message) && isService(message) ? ({ notice: true } as const) : {};
  return { text, ...(spans.length > 0 && { spans }), ...more, ...notice };
}

/** The whole message as text: where it comes from, what it is, and what it says. Throws like `contentOf`. */
export function readable(message: Fields): string {
  return shown(message, STRANGER).text;
}

/** Who said it, where many may speak: a chat in whose name it was said, else a person; null is the bot itself. */
export function authorOf(message: Fields, self: string): string | null | undefined {
  const id = whole(fields(message.sender_chat)?.id) ?? whole(fields(message.from)?.id);
  if (id === undefined) return undefined;
  return String(id) === self ? null : String(id);
}

const inGroup = (message: Fields): boolean => (whole(fields(message.chat)?.id) ?? 0) < 0;

/** Whether it tells what happened, and nobody wrote it. */
const isService = (message: Fields): boolean =>
  message.text === undefined &&
  (message.pinned_message !== undefined || SERVICE.some(([name]) => message[name] !== undefined));

/** The name that a user or chat shows. */
export function displayName(who: unknown): string | undefined {
  const { first_name, last_name, title, username } = fields(who) ?? {};
  const name = [words(first_name), words(last_name)].filter((part) => part !== undefined).join(' ');
  return words(name.trim()) ?? words(title) ?? words(username);
}

interface Shown {
  readonly text: string;
  readonly spans: readonly Span[];
}

function shown(message: Fields, view: View): Shown {
  const origin = [forwarded(message), elsewhere(message), ...speakers(message)].filter((line) => line !== undefined);
  return after(origin.map((line) => `${line}\n`).join(''), body(message, view));
}

function body(message: Fields, view: View): Shown {
  if (message.text !== undefined) return marked(message.text, message.entities, view);
  const kind = KINDS.find(([name]) => message[name] !== undefined);
  const said = kind === undefined ? unknown(message) : kind[1](fields(message[kind[0]]) ?? {}, message);
  if (message.caption === undefined) return { text: said, spans: [] };
  return after(`${said} `, marked(message.caption, message.caption_entities, view));
}

function marked(text: unknown, entities: unknown, view: View): Shown {
  if (typeof text !== 'string' || text === '') throw new TypeError('text that is no text');
  return { text, spans: spansOf(entities, text, view.idOf) };
}

function after(lead: string, { text, spans }: Shown): Shown {
  const moved = spans.map((span) => ({ ...span, start: span.start + lead.length, end: span.end + lead.length }));
  return { text: lead + text, spans: moved };
}

/** What is answered in this chat. In a private one there are two authors: the person, who has the chat's id, and the bot. */
function answered(message: Fields, { self }: View): Content['replyTo'] {
  const target = fields(message.reply_to_message);
  const id = whole(target?.message_id);
  const chat = whole(fields(message.chat)?.id) ?? 0;
  if (target === undefined || id === undefined || opensTopic(target, message)) return undefined;
  const author = chat < 0 ? authorOf(target, self) : authorInPrivate(target, chat);
  const text = words(fields(message.quote)?.text) ?? readableOrNothing(target);
  return { id: messageId(chat, id), ...(author !== undefined && { author }), ...(text !== undefined && { text }) };
}

function authorInPrivate(target: Fields, person: number): string | null | undefined {
  const from = fields(target.from);
  if (from?.is_bot === true) return null;
  return whole(from?.id) === person ? String(person) : undefined;
}

/** What is said in a topic answers the message that opened it, which nobody meant by it. */
const opensTopic = (target: Fields, message: Fields): boolean =>
  message.is_topic_message === true && whole(target.message_id) === whole(message.message_thread_id);

/** Telegram tells little of what is too old or was deleted. */
function readableOrNothing(message: Fields): string | undefined {
  if (message.date === 0) return undefined;
  try {
    return readable(message);
  } catch {
    return undefined;
  }
}

/** An answer to what was said in another chat, or to a story. */
function elsewhere(message: Fields): string | undefined {
  if (message.reply_to_story !== undefined) return '[in reply to a story]';
  const reply = fields(message.external_reply);
  if (reply === undefined) return undefined;
  const quote = words(fields(message.quote)?.text);
  return `[in reply to ${originOf(reply.origin)}${quote === undefined ? '' : `: ${quote}`}]`;
}

function forwarded(message: Fields): string | undefined {
  // A channel's post in the group where it is discussed: its author is the channel.
  if (message.is_automatic_forward === true) return undefined;
  return fields(message.forward_origin) && `[forwarded from ${originOf(message.forward_origin)}]`;
}

function originOf(source: unknown): string {
  const origin = fields(source) ?? {};
  const from = displayName(origin.sender_user) ?? words(origin.sender_user_name);
  const place = displayName(origin.sender_chat) ?? displayName(origin.chat);
  const signed = [place, words(origin.author_signature)].filter((part) => part !== undefined).join(', ');
  return from ?? words(signed) ?? 'someone';
}

function speakers(message: Fields): string[] {
  const bot = words(fields(message.via_bot)?.username);
  const chat = inGroup(message) ? undefined : displayName(message.sender_chat);
  const signed = inGroup(message) && message.forward_origin === undefined ? words(message.author_signature) : undefined;
  return [
    ...(bot === undefined ? [] : [`[via @${bot}]`]),
    ...(chat === undefined ? [] : [`[as ${chat}]`]),
    ...(signed === undefined ? [] : [`[by ${signed}]`]),
  ];
}

type Say = (part: Fields, message: Fields) => string;

// The order matters: Telegram sends an animation also as document, a venue also as location.
const KINDS: readonly (readonly [string, Say])[] = [
  ['venue', (venue) => `[place] ${some(venue.title, venue.address, geo(venue.location))}`],
  ['location', (place) => `[${whole(place.live_period) === undefined ? '' : 'live '}location] ${geo(place)}`.trim()],
  ['animation', (file) => `[animation${aside(file)}]`],
  ['photo', () => '[photo]'],
  ['video', (file) => `[video${aside(file)}]`],
  ['video_note', (file) => `[video message${aside(file)}]`],
  ['voice', (file) => `[voice message${aside(file)}]`],
  ['audio', (file) => `[audio${aside(file, some(file.performer, file.title))}]`],
  ['document', (file) => `[file${aside(file)}]`],
  ['sticker', (sticker) => `[sticker${words(sticker.emoji) === undefined ? '' : ` ${words(sticker.emoji)}`}]`],
  ['story', () => '[story]'],
  ['contact', (card) => `[contact] ${some(displayName(card), card.phone_number)}`],
  ['dice', (dice) => `[${words(dice.emoji) ?? 'dice'}: ${whole(dice.value) ?? '?'}]`],
  ['poll', poll],
  ['checklist', ({ title, tasks }) => lines(`[checklist] ${words(title) ?? ''}`.trim(), tasks)],
  ['giveaway', () => '[giveaway]'],
  ['giveaway_winners', ({ winner_count: won }) => `[giveaway: ${whole(won) ?? 'some'} have won]`],
  ['paid_media', () => '[paid photos or videos]'],
  ['gift', () => '[gift]'],
  ['unique_gift', () => '[gift]'],
  ['game', (game) => `[game] ${some(game.title, game.description)}`],
  ['invoice', (invoice) => `[invoice] ${some(invoice.title, invoice.description)}`],
  ['successful_payment', () => '[payment received]'],
  ['refunded_payment', () => '[payment returned]'],
  ['pinned_message', pinned],
  ['message_auto_delete_timer_changed', autoDelete],
  ['connected_website', (_, message) => `[logged in at ${words(message.connected_website) ?? 'a website'}]`],
  ['write_access_allowed', () => '[allowed the bot to write]'],
  ['users_shared', () => '[shared users]'],
  ['chat_shared', () => '[shared a chat]'],
  ['web_app_data', (app) => `[web app] ${words(app.data) ?? ''}`.trim()],
  ...SERVICE,
];

// Fields that say who, when and where, but not what.
const ENVELOPE = new Set(
  (
    'message_id message_thread_id from sender_chat sender_boost_count sender_business_bot date edit_date chat via_bot ' +
    'business_connection_id forward_origin forward_from forward_from_chat forward_date forward_sender_name ' +
    'forward_signature forward_from_message_id is_topic_message is_automatic_forward reply_to_message external_reply ' +
    'quote reply_to_story has_protected_content is_from_offline media_group_id author_signature effect_id caption ' +
    'caption_entities show_caption_above_media has_media_spoiler link_preview_options reply_markup entities ' +
    'paid_star_count direct_messages_topic suggested_post_info reply_to_checklist_task_id is_paid_post'
  ).split(' '),
);

/** Also for what Telegram invents after this was written: its own name for it says more than nothing. */
function unknown(message: Fields): string {
  const names = Object.keys(message).filter((key) => !ENVELOPE.has(key));
  const what = names.map((name) => name.replaceAll('_', ' ')).join(', ');
  return `[something that cannot be shown here${what === '' ? '' : `: ${what}`}]`;
}

function pinned(message: Fields): string {
  const text = readableOrNothing(message);
  const said = text === undefined || /^\[something that/.test(text) ? '' : text.replace(/\s+/g, ' ');
  if (said === '') return '[pinned a message]';
  return `[pinned a message: ${said.length > 80 ? `${said.slice(0, 80).trimEnd()}...` : said}]`;
}

function poll({ type, question, options }: Fields): string {
  return lines(`[${type === 'quiz' ? 'quiz' : 'poll'}] ${words(question) ?? ''}`.trim(), options);
}

/** What is asked, and the numbered texts below it. */
const lines = (first: string, texts: unknown): string =>
  [first, ...list(texts).map((one, index) => `${index + 1}. ${words(fields(one)?.text) ?? '?'}`)].join('\n');

function autoDelete(part: Fields): string {
  const seconds = whole(part.message_auto_delete_time) ?? 0;
  return seconds === 0 ? '[messages are kept from now on]' : `[messages are deleted after ${seconds} s from now on]`;
}

/** Name, length and size of a file, as far as Telegram says them: " report.pdf, 0:12, 1.2 MB". */
function aside(file: Fields, title = ''): string {
  const seconds = whole(file.duration);
  const length = seconds === undefined ? '' : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const said = some(words(title) ?? file.file_name, length, size(whole(file.file_size)));
  return said === '' ? '' : ` ${said}`;
}

function size(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  const unit = bytes < 1e6 ? { name: 'kB', bytes: 1e3 } : { name: 'MB', bytes: 1e6 };
  return `${(bytes / unit.bytes).toFixed(1)} ${unit.name}`;
}

/** A place and nothing else: clients show it on a map. */
function isPlainPlace(message: Fields): boolean {
  const { venue, location, forward_origin, external_reply, reply_to_story } = message;
  if (whole(fields(location)?.live_period) !== undefined || speakers(message).length > 0) return false;
  return [venue, forward_origin, external_reply, reply_to_story].every((part) => part === undefined);
}

function placeOf(location: unknown): Content['location'] {
  const { latitude: lat, longitude: lon } = fields(location) ?? {};
  const isPlace = typeof lat === 'number' && typeof lon === 'number' && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return isPlace ? { lat, lon } : undefined;
}

function geo(location: unknown): string {
  const place = placeOf(location);
  return place === undefined ? '' : `geo:${place.lat},${place.lon}`;
}

function some(...parts: readonly unknown[]): string {
  return parts
    .map(words)
    .filter((part) => part !== undefined)
    .join(', ');
}
