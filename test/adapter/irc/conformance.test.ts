// The contract's own suite: on ngircd in a private conversation, and in a channel of a server that keeps what was said.
import { conformance } from '../../../src/adapter/testing/index.ts';
import type { Friend, TestNetwork } from '../../../src/adapter/testing/index.ts';
import { FakeIrc } from '../../fake/irc/server.ts';
import type { Kept } from '../../fake/irc/server.ts';
import { ngircd } from '../../server/ircd.ts';
import { Friend as OtherSide } from './friend.ts';
import { adapterFor, configFor, direct, group } from './world.ts';

const gone = 'IRC keeps nothing for those who are away';
const noLogin = 'a connection has no credentials but SASL, which connection.test.ts and history.test.ts look at';
const faults = 'a real server cannot be told to fail so; the suite plays it on the server that keeps what was said';

async function onNgircd(): Promise<TestNetwork> {
  const server = await ngircd.start();
  const friend = await OtherSide.connect(server.port, 'bob');
  return {
    adapter: adapterFor({}),
    config: configFor(server.port),
    chat: direct('bob'),
    say: (text) => friend.does(`PRIVMSG alice :${text}`),
    shown: () => Promise.resolve(friend.texts()),
    faults: {
      stop: () => server.kill(),
      start: async () => {
        await server.restart();
        const again = await OtherSide.connect(server.port, 'bob');
        Object.assign(friend, { does: again.does.bind(again) });
      },
    },
    close: () => server.stop(),
  };
}

conformance('irc on ngircd', {
  start: onNgircd,
  junk: [{ server: 'irc.example.org', port: 'x' }, {}],
  without: {
    'events: nothing is confirmed before commit resolves': gone,
    'events: have the same key when they come again': gone,
    'events: a commit that fails is not passed over': gone,
    'cursor: nothing is missing after a restart': gone,
    'cursor: what was committed does not come again': gone,
    'connection: comes back, or says that it is down': gone,
    'connection: credentials that became worthless are reported as auth-lost': noLogin,
    'connect: worthless credentials are auth-lost': noLogin,
    'connect: leaves nothing open when it fails': noLogin,
    'send: worthless credentials are auth-lost': noLogin,
    'send: a refused message is rejected, and the next one goes': faults,
    'send: a message that was not taken for now is temporary': faults,
    'send: a rate limit is reported with its pause': faults,
    'send: an answer that was lost is not called temporary': faults,
    'send: ends soon after it is aborted': faults,
    'close: ends while a message is being sent': faults,
  },
});

/** Bob needs no connection there. */
function friendOn(server: FakeIrc): Friend {
  const idOf = (said: string): string => server.kept.find(({ text }) => text === said)?.id ?? '';
  const left = new Map<string, readonly string[]>();
  const tag = (tags: Record<string, string>): unknown => server.say('bob', '#garden', '', tags, 'TAGMSG');
  return {
    retract: (said) => {
      for (const guest of server.guests) guest.write(`:bob!bob@friend.example REDACT #garden ${idOf(said)}`);
      return Promise.resolve();
    },
    react: (said, emojis) => {
      const before = left.get(said) ?? [];
      const reply = { '+draft/reply': idOf(said) };
      for (const emoji of before.filter((one) => !emojis.includes(one))) tag({ ...reply, '+draft/unreact': emoji });
      for (const emoji of emojis.filter((one) => !before.includes(one))) tag({ ...reply, '+draft/react': emoji });
      left.set(said, emojis);
      return Promise.resolve();
    },
    sees: {
      reactions: (said) => Promise.resolve(reactionsIn(server.tagged, idOf(said))),
      typing: () => Promise.resolve(ofAlice(server.tagged).at(-1)?.tags['+typing'] === 'active'),
    },
  };
}

const ofAlice = (tagged: readonly Kept[]): readonly Kept[] =>
  tagged.filter(({ prefix }) => prefix.startsWith('alice!'));

/** What is left of the account's reactions to one message. */
function reactionsIn(tagged: readonly Kept[], id: string): readonly string[] {
  const left = new Set<string>();
  for (const { tags } of ofAlice(tagged)) {
    if (tags['+draft/reply'] !== id) continue;
    if (tags['+draft/react'] !== undefined) left.add(tags['+draft/react']);
    left.delete(tags['+draft/unreact'] ?? '');
  }
  return [...left];
}

async function onKeeper(): Promise<TestNetwork> {
  const server = await new FakeIrc({ accounts: { alice: 'right' } }).start();
  const adapter = adapterFor({ settings: { sasl_password: 'right' } });
  return {
    adapter: {
      ...adapter,
      async connect(host) {
        const session = await adapter.connect(host);
        await session.join?.('garden');
        return session;
      },
    },
    config: configFor(server.port),
    chat: group('garden'),
    say: (text) => Promise.resolve(void server.say('bob', '#garden', text)),
    shown: () =>
      Promise.resolve(server.kept.filter(({ prefix }) => prefix.startsWith('alice!')).map(({ text }) => text)),
    friend: friendOn(server),
    faults: {
      refuse: () => Promise.resolve(void (server.fault = { nick: 'alice', what: 'refuse' })),
      limit: (ms) => Promise.resolve(void (server.fault = { nick: 'alice', what: 'limit', seconds: ms / 1000 })),
      dropReply: () => Promise.resolve(void (server.fault = { nick: 'alice', what: 'drop' })),
      hang: () => Promise.resolve(void (server.fault = { nick: 'alice', what: 'hang' })),
      revoke: () => Promise.resolve(void (server.accounts = { alice: 'other' })),
      cut: () => Promise.resolve(server.cut()),
      stop: () => server.stop(),
      start: async () => void (await server.start()),
    },
    close: () => server.stop(),
  };
}

conformance('irc on a server that keeps what was said', {
  start: onKeeper,
  without: {
    'events: a reaction is the full set of its author, and may come back':
      'each reaction is a message of its own on IRC: from one to another are two changes (history.test.ts)',
    'send: a message that was not taken for now is temporary': 'IRC says so of channels (437), not of messages',
    'send: worthless credentials are auth-lost': 'a password that was changed ends no connection on IRC',
    'connection: credentials that became worthless are reported as auth-lost':
      'a password that was changed ends no connection on IRC',
  },
});
