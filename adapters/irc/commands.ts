// What IRC has and the contract has no method for, as commands of the account, a contact or a channel.
import { AdapterError } from 'moongate/adapter';
import type { Chat, ChatId, Command, UserId } from 'moongate/adapter';
import { ctcp, ctcpOf } from './ctcp.ts';
import { line } from './line.ts';
import { changeNick } from './nick.ts';
import type { Connected } from './connected.ts';

/** `awake` gives the connection, and makes one where it was closed. */
export type Awake = () => Promise<Connected>;

/** The commands of one account; lines of the protocol only where the operator allows them. */
export function commandsOf(awake: Awake, raw: boolean): readonly Command[] {
  const all = [
    whois(awake),
    whoisContact(awake),
    ctcpCommand(awake),
    nick(awake),
    ban(awake),
    unban(awake),
    bans(awake),
    mode(awake),
  ];
  return raw ? [...all, rawCommand(awake)] : all;
}

const whois = (awake: Awake): Command => ({
  id: 'whois',
  title: 'Who is somebody (WHOIS)',
  on: 'account',
  fields: [{ name: 'nick', label: 'Nick' }],
  run: async ({ nick: asked = '' }) => whoIs(await awake(), asked),
});

const whoisContact = (awake: Awake): Command => ({
  id: 'whois-contact',
  title: 'Who is this (WHOIS)',
  on: 'contact',
  fields: [],
  run: async (_, target) => {
    const up = await awake();
    return whoIs(up, up.names.nick(contactOf(target)));
  },
});

async function whoIs({ requests }: Connected, asked: string): Promise<string> {
  const said = await requests.whois(asked);
  return said.length > 0 ? said.join('\n') : `There is nobody called ${asked} now.`;
}

const ctcpCommand = (awake: Awake): Command => ({
  id: 'ctcp',
  title: 'Ask the program (CTCP)',
  on: 'contact',
  fields: [
    { name: 'question', label: 'Question', value: 'VERSION', options: ['VERSION', 'PING', 'TIME', 'CLIENTINFO'] },
  ],
  run: async ({ question = 'VERSION' }, target) => {
    const { link, names, env } = await awake();
    const asked = names.nick(contactOf(target));
    const sentAt = env.monotonic();
    return link.talk<string>({
      lines: [line('PRIVMSG', [asked, ctcp(question, question === 'PING' ? String(env.now()) : '')])],
      withinMs: env.answerMs,
      claim: ({ command, nick: from, params }) => {
        const answer = ctcpOf(params[1] ?? '');
        if (command === '401' && names.same(params[1] ?? '', asked))
          return { is: `There is nobody called ${asked} now.` };
        if (command !== 'NOTICE' || !names.same(from, asked) || answer?.command !== question) return undefined;
        return { is: question === 'PING' ? `${Math.round(env.monotonic() - sentAt)} ms` : answer.rest };
      },
    });
  },
});

const nick = (awake: Awake): Command => ({
  id: 'nick',
  title: 'Change your nick',
  on: 'account',
  fields: [{ name: 'nick', label: 'Nick' }],
  run: async ({ nick: asked = '' }) => {
    const up = await awake();
    await changeNick(up, asked);
    return `You are ${up.link.nick} now.`;
  },
});

const ban = (awake: Awake): Command => ({
  id: 'ban',
  title: 'Ban a nick or a mask',
  on: 'room',
  fields: [
    { name: 'mask', label: 'Nick, or a mask like *!*@host.example' },
    { name: 'reason', label: 'Reason', optional: true },
  ],
  run: async ({ mask = '', reason = '' }, target) => {
    await (await awake()).requests.ban(roomOf(target), mask, reason);
    return `${mask} is banned.`;
  },
});

const unban = (awake: Awake): Command => ({
  id: 'unban',
  title: 'Lift a ban',
  on: 'room',
  fields: [{ name: 'mask', label: 'Nick, or the mask' }],
  run: async ({ mask = '' }, target) => {
    await (await awake()).requests.unban(roomOf(target), mask);
    return `${mask} is not banned any more.`;
  },
});

const bans = (awake: Awake): Command => ({
  id: 'bans',
  title: 'Who is banned',
  on: 'room',
  fields: [],
  run: async (_, target) => {
    const masks = await (await awake()).requests.bans(roomOf(target));
    return masks.length > 0 ? masks.join('\n') : 'Nobody is banned.';
  },
});

const mode = (awake: Awake): Command => ({
  id: 'mode',
  title: "Change the channel's modes",
  on: 'room',
  fields: [{ name: 'modes', label: 'Modes, as in +im-k KEY' }],
  run: async ({ modes = '' }, target) => {
    const { requests, names } = await awake();
    const channel = names.target({ kind: 'group', id: roomOf(target) }) ?? '';
    const said = await requests.ask('MODE', [channel, ...modes.trim().split(/\s+/)], channel);
    return ['Done.', ...said].join('\n');
  },
});

const rawCommand = (awake: Awake): Command => ({
  id: 'raw',
  title: 'Send a line of the protocol',
  on: 'account',
  fields: [{ name: 'line', label: 'Line' }],
  run: async ({ line: asked = '' }) => {
    const { link, env } = await awake();
    const said: string[] = [];
    await link.talk<void>({
      lines: [asked.replace(/[\r\n\0]/g, ' ').replace(/^\//, '')],
      withinMs: env.answerMs,
      claim: ({ command, params }) => {
        if (!/^\d{3}$/.test(command)) return undefined;
        said.push([command, ...params.slice(1)].join(' '));
        return 'mine';
      },
      fence: () => undefined,
    });
    return said.length > 0 ? said.join('\n') : 'The server said nothing to that.';
  },
});

function contactOf(target: Chat | undefined): UserId {
  if (target?.kind === 'direct') return target.id;
  throw new AdapterError({ code: 'rejected', reason: 'invalid' }, 'This command belongs to a contact.');
}

function roomOf(target: Chat | undefined): ChatId {
  if (target?.kind === 'group') return target.id;
  throw new AdapterError({ code: 'rejected', reason: 'invalid' }, 'This command belongs to a channel.');
}
