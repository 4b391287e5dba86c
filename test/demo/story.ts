// What a newcomer does with the demo in the first minute. Played on the clone's demo and on the working tree's.
import assert from 'node:assert/strict';
import type { ChatPage } from './browser.ts';

/** Contacts are in the list; Ada answers; echo repeats; what flaky refuses is said at the message. */
export async function playStory(page: ChatPage): Promise<void> {
  for (const name of ['Ada Lovelace', 'Grace', 'Telegram', 'Echo', 'Clock', 'Flaky', 'Loopback'])
    await page.contact(name);

  await page.chat('Echo');
  await page.write('Is there anybody out there? 🌙');
  await page.receipt('Is there anybody out there?');
  await page.answer('Is there anybody out there?');

  // Who has no commands in his client talks with the gateway itself.
  await page.chat('Loopback');
  await page.write('help');
  await page.answer('status');

  await page.chat('Flaky');
  await page.write('reject forbidden');
  assert.match(await page.refusal('reject forbidden'), /\w+ \w+/);

  await page.chat('Grace');
  await page.answer('Hi! I found a moth in the relay. Again.');

  await page.chat('Ada Lovelace');
  await page.answer('Hello from Telegram! Are you there?');
  await page.write('Hello Ada! I am in an XMPP client 🌙');
  await page.receipt('Hello Ada!');
  await page.answer('Hello! Ada here. How are you today?');
  await page.write('Very well. And you, how are you?');
  await page.receipt('how are you?');
  await page.answer('A little moonlight is all I need.');

  assert.deepEqual(page.strangers, [], 'everything comes from the demo itself');
}
