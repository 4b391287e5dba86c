// The own IRC server that keeps what was said (chathistory), as the far end of a run: it lives in this process, and its death is
// that every connection is reset and nobody listens; what it has accepted it keeps, as a server with a database does.
import { FakeIrc, type Kept } from '../fake/irc/server.ts';
import { NAMES, type IrcEnd } from './irc-rooms.ts';
import type { Saying, Stay } from './irc-watcher.ts';

/** To whoever was away nothing is lost: he was there, as it were, the whole time. */
const ALWAYS: Stay = { until: Infinity };

const there = new Map(NAMES.map((name) => [name, ALWAYS] as const));

/** The server, ready to be started. */
export const ircThatKeeps = {
  async start(): Promise<IrcEnd> {
    const server = await new FakeIrc().start();
    return {
      port: server.port,
      kill: () => server.stop(),
      restart: async () => void (await server.start()),
      stop: () => server.stop(),
      kept: () => server.kept.filter(({ target }) => target.startsWith('#')).map(sayingOf),
    };
  },
};

const sayingOf = ({ prefix, target, text, at }: Kept): Saying => ({
  ...{ channel: target, nick: prefix.slice(0, prefix.indexOf('!')), text, at, there },
});
