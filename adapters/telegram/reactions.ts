// Which emojis Telegram takes as reactions, and how it tells them.
import type { ReactionTypeEmoji } from 'telegraf/types';
import { fields, list, words } from './shape.ts';

/** An emoji that a bot may react with. */
export type ReactionEmoji = ReactionTypeEmoji['emoji'];

// The list of ReactionTypeEmoji in the Bot API reference, written without the selectors that only ask for colour.
const LIST =
  '👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 ' +
  '👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡';

/** All of them. */
export const REACTIONS: readonly string[] = LIST.split(' ');

/** Whether Telegram takes this emoji. */
export const isReaction = (emoji: string): emoji is ReactionEmoji => REACTIONS.includes(emoji);

// A custom emoji is a picture, a paid reaction a star that was bought: neither has an emoji, but neither is nothing.
const INSTEAD: Readonly<Record<string, string>> = { custom_emoji: '✨', paid: '⭐' };
const UNKNOWN = '❔';

/** The emojis of a list of ReactionType, each once. */
export function emojisOf(reactions: unknown): readonly string[] {
  const emojis = list(reactions).map((reaction) => {
    const { type, emoji } = fields(reaction) ?? {};
    const name = words(type) ?? '';
    return (type === 'emoji' ? words(emoji) : undefined) ?? (Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : UNKNOWN);
  });
  return [...new Set(emojis.filter((emoji) => emoji !== undefined))];
}
