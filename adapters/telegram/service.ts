// What happens in groups and channels, as lines that can be read.
import { fields, list, whole, words } from './shape.ts';
import type { Fields } from './shape.ts';

/** One kind: its field in a message, and what to say of it. */
export type Said = readonly [kind: string, say: (part: Fields, message: Fields) => string];

/** Those that come and go with the chat itself. */
export const SERVICE: readonly Said[] = [
  ['new_chat_title', (_, message) => `[changed the name to "${words(message.new_chat_title) ?? ''}"]`],
  ['new_chat_photo', () => '[changed the picture]'],
  ['delete_chat_photo', () => '[removed the picture]'],
  ['group_chat_created', () => '[created the group]'],
  ['supergroup_chat_created', () => '[created the group]'],
  ['channel_chat_created', () => '[created the channel]'],
  ['forum_topic_created', (topic) => `[opened the topic${named(topic.name)}]`],
  ['forum_topic_edited', (topic) => `[changed the topic${named(topic.name)}]`],
  ['forum_topic_closed', () => '[closed the topic]'],
  ['forum_topic_reopened', () => '[opened the topic again]'],
  ['general_forum_topic_hidden', () => '[hid the general topic]'],
  ['general_forum_topic_unhidden', () => '[shows the general topic again]'],
  ['video_chat_scheduled', () => '[scheduled a video chat]'],
  ['video_chat_started', () => '[started a video chat]'],
  ['video_chat_ended', (chat) => `[ended the video chat${length(whole(chat.duration))}]`],
  ['video_chat_participants_invited', (chat) => `[invited ${names(chat.users)} to the video chat]`],
  ['proximity_alert_triggered', (alert) => `[is within ${whole(alert.distance) ?? '?'} m]`],
  ['boost_added', (boost) => `[boosted the group${(whole(boost.boost_count) ?? 1) > 1 ? ' several times' : ''}]`],
  ['chat_background_set', () => '[changed the background]'],
  ['chat_owner_left', () => '[the owner has left]'],
  ['chat_owner_changed', ({ new_owner: owner }) => `[passed everything on to ${names([owner])}]`],
  ['giveaway_created', () => '[started a giveaway]'],
  ['checklist_tasks_done', done],
  ['checklist_tasks_added', ({ tasks }) => `[added to a checklist: ${texts(tasks)}]`],
  ['paid_message_price_changed', () => '[changed the price of a message]'],
];

const named = (name: unknown): string => (words(name) === undefined ? '' : ` "${words(name)}"`);

const length = (seconds: number | undefined): string =>
  seconds === undefined ? '' : ` after ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

function names(users: unknown): string {
  const all = list(users).map((user) => words(fields(user)?.first_name) ?? 'somebody');
  return all.length === 0 ? 'somebody' : all.join(', ');
}

const texts = (tasks: unknown): string =>
  list(tasks)
    .map((task) => words(fields(task)?.text) ?? '?')
    .join(', ');

function done({ marked_as_done_task_ids: ticked, marked_as_not_done_task_ids: unticked }: Fields): string {
  const count = (ids: unknown, what: string) => (list(ids).length === 0 ? [] : [`${list(ids).length} ${what}`]);
  return `[checklist: ${[...count(ticked, 'done'), ...count(unticked, 'to do again')].join(', ')}]`;
}
