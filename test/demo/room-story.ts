// What a newcomer does in the room that the demo has: comes in, talks, changes his mind, and reads what was said before.
import { ChatPage } from './browser.ts';

/** More than the page fetches at once. */
const LINES = 60;

/** People are seen; what is written, corrected and reacted to is answered by Echo in the same way. */
export async function playRoom(page: ChatPage): Promise<void> {
  await page.enter('Garden');
  for (const nick of ['Warden', 'Echo', 'Clock', 'luna']) await page.occupant(nick);
  await page.answer('Welcome to the garden.');

  await page.write('Is this rose real?');
  await page.answer('Is this rose real?');
  await page.edit('Is this rose real?', 'Is this moon real?', 'arrow');
  await page.edited('them', 'Is this moon real?');

  await page.react('them', 'Is this moon real?', '👍');
  await page.reaction('them', 'Is this moon real?', '👍');
  await page.reply('Welcome to the garden.', 'Thank you!');
  await page.answers('me', 'Thank you!', 'Welcome to the garden.');
  await page.answer('Thank you!');

  await page.write('topic Roses and moonlight');
  await page.topic('Roses and moonlight');
}

/** Much is said; a device that comes after it scrolls back to the beginning, which is there in the picture, if any. */
export async function playArchive(page: ChatPage, url: string, picture?: string): Promise<void> {
  await page.write(`say ${LINES}`);
  await page.answer(`${LINES}`);
  await using later = await ChatPage.open(url);
  await later.enter('Garden');
  await later.answer(`${LINES}`);
  await later.scrollBackTo('Welcome to the garden.');
  await later.edited('them', 'Is this moon real?');
  await later.reaction('them', 'Is this moon real?', '👍');
  if (picture !== undefined) await later.picture(picture);
}
