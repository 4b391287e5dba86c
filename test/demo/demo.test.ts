// `npm run demo` in the working tree: what it shows, and that it leaves nothing behind however it ends.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { startTelegram } from '../fake/telegram/index.ts';
import { prosody, on } from '../server/index.ts';
import { ChatPage, withBrowser } from './browser.ts';
import { playChanges, talkerOf } from './changes.ts';
import { playArchive, playRoom } from './room-story.ts';
import { listeners, RunningDemo } from './running.ts';
import { playStory } from './story.ts';

const ENTRY = fileURLToPath(new URL('demo.mjs', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../docs/pictures/demo.png', import.meta.url));
const CHANGES = fileURLToPath(new URL('../../docs/pictures/changes.png', import.meta.url));
const ROOM = fileURLToPath(new URL('../../docs/pictures/room.png', import.meta.url));
const ARCHIVE = fileURLToPath(new URL('../../docs/pictures/archive.png', import.meta.url));
const LOOPBACK_HEX = '0100007F';

const start = (env: NodeJS.ProcessEnv = {}): RunningDemo =>
  new RunningDemo('node', [ENTRY], process.cwd(), { TELEGRAM_BOT_TOKEN: '', ...env });

/** Its `main.ts`, which the process that was started looks after. */
const mainOf = (demo: RunningDemo): number | undefined =>
  demo.processes().find(({ command }) => command.includes('test/demo/main.ts'))?.pid;

function assertNothingLeft(demo: RunningDemo, ports: readonly string[]): void {
  assert.deepEqual(demo.processes(), []);
  assert.deepEqual(demo.files(), []);
  const open = new Set(listeners().map(({ address }) => address));
  assert.deepEqual(
    ports.filter((address) => open.has(address)),
    [],
  );
}

describe('npm run demo', on(prosody), () => {
  test('a newcomer writes to a Telegram contact in his browser and is answered', withBrowser(), async () => {
    await using demo = start();
    await using page = await ChatPage.open(await demo.ready());
    await playStory(page);
    if (process.env['DEMO_PICTURE'] === '1') await page.picture(PICTURE);
  });

  test('with a bot of his own, whoever writes to it comes into the list', withBrowser(), async (t) => {
    const telegram = await startTelegram();
    t.after(() => telegram.close());
    const { control } = telegram;
    const bot = await control.createBot({ username: 'lunas_bot' });
    const user = await control.createUser({ first_name: 'Alan' });
    await using demo = start({ TELEGRAM_BOT_TOKEN: bot.token, TELEGRAM_API_ROOT: telegram.api });
    await using page = await ChatPage.open(await demo.ready());
    assert.match(demo.printed.join('\n'), /https:\/\/t\.me\/lunas_bot/);
    await control.openBot({ bot: bot.id, user: user.id });
    await control.sendText({ bot: bot.id, user: user.id, text: 'Can machines think?' });
    await page.contact('Alan');
    await page.chat('Alan');
    await page.answer('Can machines think?');
    await page.write('This one only relays.');
    await page.receipt('This one only relays.');
    await control.waitForLog({ bot: bot.id, chat: user.id, direction: 'from-bot', text: 'This one only relays.' });
  });

  test('what is done to a message on the page is done on Telegram, and back', withBrowser(), async (t) => {
    const telegram = await startTelegram();
    t.after(() => telegram.close());
    const alan = await talkerOf(telegram.control);
    await using demo = start({ TELEGRAM_BOT_TOKEN: alan.token, TELEGRAM_API_ROOT: telegram.api });
    await using page = await ChatPage.open(await demo.ready());
    await page.contact('Alan');
    await page.chat('Alan');
    await playChanges(page, alan);
    if (process.env['DEMO_PICTURE'] === '1') await page.picture(CHANGES);
  });

  test('he enters a room, talks there, and reads what was said before he came', withBrowser(), async () => {
    await using demo = start();
    const url = await demo.ready();
    await using page = await ChatPage.open(url);
    await playRoom(page);
    if (process.env['DEMO_PICTURE'] === '1') await page.picture(ROOM);
    await playArchive(page, url, process.env['DEMO_PICTURE'] === '1' ? ARCHIVE : undefined);
  });

  test('a token that nobody knows is said, and nothing is left', async (t) => {
    const telegram = await startTelegram();
    t.after(() => telegram.close());
    const env = { TELEGRAM_BOT_TOKEN: `1:${'A'.repeat(35)}`, TELEGRAM_API_ROOT: telegram.api };
    await using demo = start(env);
    await assert.rejects(demo.ready(), /TELEGRAM_BOT_TOKEN is set, but http\S+ does not know this token/);
    assert.equal(await demo.ended, 1);
    assertNothingLeft(demo, []);
  });

  test('says how to connect any client, and ready in the last line', async () => {
    await using demo = start();
    const url = await demo.ready();
    const said = demo.printed.join('\n');
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.match(said, /account luna@localhost, password \S+,\n\s+host 127\.0\.0\.1, port \d+/);
    assert.equal(demo.printed.at(-1), `ready: ${url}`);
  });

  test('listens on the loopback only', async () => {
    await using demo = start();
    await demo.ready();
    const listening = demo.listening();
    assert.ok(listening.length >= 5, `${listening.join(' ')}: Prosody thrice, the fake, health and the page`);
    assert.deepEqual(
      listening.filter((address) => !address.startsWith(`${LOOPBACK_HEX}:`)),
      [],
    );
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`${signal} ends it in order, and nothing is left`, async () => {
      await using demo = start();
      await demo.ready();
      const ports = demo.listening();
      demo.signal(signal);
      assert.equal(await demo.ended, 0);
      assertNothingLeft(demo, ports);
    });

  test('a signal while it starts ends it too', async () => {
    await using demo = start();
    demo.signal('SIGTERM');
    await demo.ended;
    assertNothingLeft(demo, []);
  });

  test('killed, it leaves no process', async () => {
    await using demo = start();
    await demo.ready();
    const ports = demo.listening();
    demo.signal('SIGKILL');
    await demo.ended;
    assertNothingLeft(demo, ports);
  });

  test('killed inside, it says so and nothing is left', async () => {
    await using demo = start();
    await demo.ready();
    const ports = demo.listening();
    demo.signal('SIGKILL', mainOf(demo));
    assert.equal(await demo.ended, 1);
    assertNothingLeft(demo, ports);
  });
});
