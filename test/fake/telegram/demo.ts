// The other side of the demo: a bot, and people who have already written to it and answer.
import type { FakeTelegramControl } from './control-api.ts';

/** What the demo's caller needs to log in and to say who is there. */
export interface DemoCast {
  bot: number;
  token: string;
  username: string;
  users: { id: number; first_name: string }[];
}

const TOKEN = '700000001:AAMoongateDemoTokenOnlyForTheFake00';
const USERNAME = 'moongate_demo_bot';
const CAST = [
  {
    id: 700000101,
    first_name: 'Ada',
    last_name: 'Lovelace',
    username: 'ada_l',
    greeting: 'Hello from Telegram! Are you there?',
  },
  { id: 700000102, first_name: 'Grace', username: 'grace_h', greeting: 'Hi! I found a moth in the relay. Again.' },
] as const;

/** Creates the cast, or finds it again in a world that was kept. */
export async function playDemo(control: FakeTelegramControl): Promise<DemoCast> {
  const users = CAST.map(({ id, first_name }) => ({ id, first_name }));
  const cast: DemoCast = { bot: Number(TOKEN.split(':')[0]), token: TOKEN, username: USERNAME, users };
  const kept = await control.pendingUpdates({ bot: cast.bot }).catch(() => undefined);
  if (kept) return cast;
  await control.createBot({ token: TOKEN, username: USERNAME, first_name: 'Moongate Demo' });
  for (const { greeting, ...person } of CAST) {
    await control.createUser({ ...person, language_code: 'en' });
    await control.openBot({ bot: cast.bot, user: person.id });
    await control.sendText({ bot: cast.bot, user: person.id, text: greeting });
    await control.autoReply({ bot: cast.bot, user: person.id, mode: 'friendly' });
  }
  return cast;
}
