// Scripted users: they answer what a bot writes to them, in order, after a short moment. What was not yet answered when
// the process was killed is answered after the restart.
import type { LogEntry } from './control-api.ts';
import { detectEntities } from './entities.ts';
import { type AutoReply, type Bot, personOf, privateChat } from './state.ts';
import type { World } from './world.ts';

const FRIENDLY: readonly ((text: string, name: string) => string)[] = [
  (text) => `You wrote “${text}”, and it came through the wall just fine.`,
  () => 'Good to hear from you! The garden is quiet tonight.',
  (text) => `“${text}” — I was about to say the same.`,
  (_text, name) => `${name} here, still at my desk. What is on your side of the gate?`,
  () => 'Ha! Tell me more.',
];

/** Plays all scripted users of a world until closed. */
export class ScriptedUsers {
  readonly #world: World;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** How far the log has been looked through for each of them, so that a long log is not read again at each step. */
  readonly #seen = new Map<string, number>();
  readonly #stop: () => void;

  constructor(world: World) {
    this.#world = world;
    this.#stop = world.listen(() => this.#look());
    this.#look();
  }

  close(): void {
    this.#stop();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #look(): void {
    for (const bot of this.#world.state.bots.values()) {
      for (const [user, reply] of bot.replies) this.#arrange(bot, user, reply);
    }
  }

  #arrange(bot: Bot, user: number, reply: AutoReply): void {
    const key = `${bot.user.id}:${user}`;
    if (this.#timers.has(key) || reply.mode === 'off' || !this.#nextFor(bot, user, reply)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#answer(bot, user);
    }, reply.delayMs);
    this.#timers.set(key, timer);
  }

  #nextFor(bot: Bot, user: number, reply: AutoReply): LogEntry | undefined {
    const { log } = this.#world.state;
    const key = `${bot.user.id}:${user}`;
    let at = Math.max(reply.answered, this.#seen.get(key) ?? 0);
    const isForHim = (entry: LogEntry): boolean =>
      entry.bot === bot.user.id &&
      entry.chat === user &&
      entry.direction === 'from-bot' &&
      entry.message.edit_date === undefined;
    for (let entry = log[at]; entry && !isForHim(entry); entry = log[at]) at += 1;
    this.#seen.set(key, at);
    return log[at];
  }

  #answer(bot: Bot, user: number): void {
    const reply = bot.replies.get(user);
    const person = personOf(this.#world.state, user);
    const dialogue = bot.dialogues.get(user);
    const entry = reply && this.#nextFor(bot, user, reply);
    if (!reply || !entry || reply.mode === 'off' || person.deactivated || dialogue?.blocked) return;
    const text = replyText(reply.mode, entry, person.user.first_name).slice(0, 4096);
    const entities = detectEntities(text);
    const chat = privateChat(person.user);
    const message = {
      from: person.user,
      chat,
      date: this.#world.date(),
      text,
      ...(entities.length > 0 ? { entities } : {}),
    };
    const draft = { bot, chat, direction: 'to-bot', method: 'autoReply', from: user, message } as const;
    this.#world.accept({ ...draft, tells: 'message', answers: entry.seq });
  }
}

function replyText(mode: 'echo' | 'friendly', entry: LogEntry, name: string): string {
  if (mode === 'echo') return entry.text;
  const said = entry.text.toLowerCase();
  if (/^(hi|hello|hey|hallo|good (morning|evening|day))\b/.test(said)) return `Hello! ${name} here. How are you today?`;
  if (/how are you/.test(said)) return 'Very well, thank you. A little moonlight is all I need.';
  if (/\b(bye|good night|see you)\b/.test(said)) return 'See you soon. I will leave the gate open.';
  if (said.endsWith('?')) return 'Good question. I will think about it over a cup of tea.';
  const choose = FRIENDLY[entry.seq % FRIENDLY.length] ?? ((text: string) => text);
  return choose(entry.text.slice(0, 200), name);
}
