// Corrections, reactions and answers, made on the demo's page and on Telegram, each seen at the other end.
import assert from 'node:assert/strict';
import type { ApiMessage, FakeTelegramControl } from '../fake/telegram/control-api.ts';
import type { ChatPage } from './browser.ts';

/** Somebody who has opened a bot at the fake. */
export interface Talker {
  readonly control: FakeTelegramControl;
  readonly bot: number;
  readonly token: string;
  readonly user: number;
}

/** Alan, and a bot that he has opened. */
export async function talkerOf(control: FakeTelegramControl): Promise<Talker> {
  const { id: bot, token } = await control.createBot({ username: 'lunas_bot' });
  const { id: user } = await control.createUser({ first_name: 'Alan' });
  await control.openBot({ bot, user });
  return { control, bot, token, user };
}

/**
 * Plays it in the open chat with Alan. The page offers only some reactions at first, and each adds to those before, where
 * Telegram takes one: so there is one.
 */
export async function playChanges(page: ChatPage, { control, bot, user }: Talker): Promise<void> {
  const place = { bot, user };
  const heard = async (text: string): Promise<ApiMessage> => {
    const [entry] = await control.waitForLog({ bot, chat: user, direction: 'from-bot', text });
    assert.ok(entry);
    return entry.message;
  };

  await page.write('Can mashines think?');
  const { message_id: question } = await heard('Can mashines think?');
  await page.edit('Can mashines think?', 'Can machines think?', 'arrow');
  assert.equal((await heard('Can machines think?')).message_id, question);

  const game = { text: 'I prefer to play a game.', misspelt: 'I prefer to paly a game.' };
  const { message: reply } = await control.sendText({ ...place, text: game.misspelt, reply_to: question });
  await page.answers('them', game.misspelt, 'Can machines think?');
  await control.editMessage({ ...place, message_id: reply.message_id, text: game.text });
  await page.edited('them', game.text);

  await page.react('them', game.text, '👍');
  const [reaction] = await control.waitForCalls({ bot, method: 'setMessageReaction', status: 200 });
  assert.equal(reaction?.params['message_id'], `${reply.message_id}`);
  assert.match(reaction.params['reaction'] ?? '', /👍/);
  await control.react({ ...place, message_id: question, reaction: ['🤔'] });
  await page.reaction('me', 'Can machines think?', '🤔');

  await page.reply(game.text, 'Which one?');
  assert.equal((await heard('Which one?')).reply_to_message?.message_id, reply.message_id);
  await page.edit('Can machines think?', 'Can machines *really* think?', 'menu');
  const last = await heard('Can machines really think?');
  assert.deepEqual([last.message_id, last.entities], [question, [{ type: 'bold', offset: 13, length: 6 }]]);
}
