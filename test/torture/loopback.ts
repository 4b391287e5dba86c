// The loopback's side of a run: fifty users who write to `echo`, some of whom have asked `clock` to write too. What comes
// back is the far end of both directions: an answer proves that the message arrived, another answer that it arrived twice.
import { x } from '../../src/xmpp/stanza.ts';
import type { Shown } from './evidence.ts';
import { repeatedly, type Log, type Network } from './network.ts';

const DOMAIN = 'loopback.example.org';
const USERS = 50;
const EVERY_MS = 1_500;
/** One user in so many has a clock. */
const CLOCKS = 5;
const COUNTED = /^out \d+ \d+$/;
const TICK = /^It is \d\d:\d\d:\d\d UTC\.$/;

export function loopbackNetwork(): Promise<Network> {
  const names = Array.from({ length: USERS }, (_, index) => `user${index}`);
  const nothing = (): void => undefined;
  return Promise.resolve({
    domain: DOMAIN,
    transport: { adapter: 'loopback' },
    names,
    chatter: (text) => TICK.test(text),
    targets: ['gateway', 'server', 'xmpp-link'],
    lanes: 2 * USERS + USERS / CLOCKS,
    lane: (user, contact) => `${user}/${contact.split('@')[0] ?? ''}`,
    async register(users) {
      for (const user of users) await user.set(DOMAIN, x('query', { xmlns: 'jabber:iq:register' }));
      for (const [index, user] of users.entries()) if (index % CLOCKS === 0) user.say(`clock@${DOMAIN}`, 'every 1');
    },
    load(users, random) {
      const ends = users.map((user, index) => {
        let written = 0;
        return repeatedly(
          () => user.write(`echo@${DOMAIN}`, `out-${index}-${++written}`, `out ${index} ${written}`),
          EVERY_MS,
          random,
        );
      });
      return async () => {
        await Promise.all(ends.map((end) => end()));
        for (const [index, user] of users.entries()) if (index % CLOCKS === 0) user.say(`clock@${DOMAIN}`, 'stop');
      };
    },
    kill: () => Promise.resolve(),
    restart: () => Promise.resolve(),
    cut: nothing,
    stall: nothing,
    resume: nothing,
    seen: (log: Log) => {
      const arrived = log.shown.filter(({ text }) => COUNTED.test(text));
      return Promise.resolve({ arrived, ...ticks(log.shown) });
    },
    stop: () => Promise.resolve(),
  });
}

/** Nobody but the clock knows what it said; but its lines bear their time, so their order can be judged, and each is one. */
function ticks(all: readonly Shown[]): { readonly said: readonly Shown[]; readonly shown: readonly Shown[] } {
  const days = new Map<string, Shown[]>();
  for (const each of all) {
    if (!TICK.test(each.text)) continue;
    const lines = days.get(each.lane);
    if (lines) lines.push(each);
    else days.set(each.lane, [each]);
  }
  const shown = [...days.values()].flat().map((each) => ({ ...each, text: `${each.text} ${each.id}` }));
  const known = new Map(shown.map((each) => [`${each.lane} ${each.text}`, each]));
  const said = [...known.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
  return { said, shown };
}
