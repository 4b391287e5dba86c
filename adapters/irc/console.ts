// The server's own chat as a command line: what is written there is a command, and its answer comes as the server's words.
import { randomBytes } from 'node:crypto';
import { AdapterError } from 'moongate/adapter';
import type { Chat, Command, Delivery, Reply, Sent } from 'moongate/adapter';
import type { Connected } from './connected.ts';

const HELP = [
  'whois NICK: who that is',
  'nick NICK: another nick for you',
  'ctcp NICK VERSION|PING|TIME|CLIENTINFO: asks the program',
  'mode #CHANNEL MODES: changes a channel',
  'ban #CHANNEL MASK, unban #CHANNEL MASK, bans #CHANNEL',
].join('\n');

interface Order {
  readonly command: string;
  readonly values: Reply;
  readonly target?: Chat;
}

/** What a line asks for; undefined for what is no command of ours. `/` before it may stay away. */
export function orderOf(text: string, { names }: Pick<Connected, 'names'>): Order | undefined {
  const [word = '', first = '', ...rest] = text.trim().replace(/^\//, '').split(/\s+/);
  const more = rest.join(' ');
  const room = (): Chat => names.group(names.isChannel(first) ? first : `#${first}`);
  switch (word.toLowerCase()) {
    case 'whois':
    case 'nick':
      return first === '' ? undefined : { command: word.toLowerCase(), values: { nick: first } };
    case 'ctcp':
      return { command: 'ctcp', values: { question: (more || 'VERSION').toUpperCase() }, target: names.direct(first) };
    case 'mode':
      return { command: 'mode', values: { modes: more }, target: room() };
    case 'bans':
      return { command: 'bans', values: {}, target: room() };
    case 'ban':
    case 'unban':
      return more === '' ? undefined : { command: word.toLowerCase(), values: { mask: more }, target: room() };
    default:
      return undefined;
  }
}

/** Does what was written; the answer is committed to the same chat. Rejects as the command does. */
export async function obey(
  up: Connected,
  commands: readonly Command[],
  text: string,
  { token }: Delivery,
): Promise<Sent> {
  const order = orderOf(text, up);
  const raw = commands.find(({ id }) => id === 'raw');
  const asked = text.trim().replace(/^\//, '');
  const run = (): Promise<string> => {
    if (order !== undefined) {
      const command = commands.find(({ id }) => id === order.command);
      if (command !== undefined) return command.run(order.values, order.target);
    }
    if (raw === undefined || /^help$|^$/i.test(asked)) return Promise.resolve(HELP);
    return raw.run({ line: asked });
  };
  const answer = await run().catch((error: unknown) => {
    if (AdapterError.is(error) && error.fault.code === 'rejected') return error.message;
    throw error;
  });
  const { serverChat } = up.names;
  const key = `console/${token}/${randomBytes(6).toString('base64url')}`;
  const at = up.env.now();
  const content = { text: answer, notice: true as const };
  up.journal.add({ type: 'message', key, chat: serverChat, from: serverChat.id, at, content });
  await up.journal.flushed();
  return { at };
}
