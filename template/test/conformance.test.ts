// The contract's own suite. Each check starts a network of its own and plays the gateway.
import { conformance } from 'moongate/adapter/testing';
import type { TestNetwork } from 'moongate/adapter/testing';
import adapter from '../index.ts';
import { Network } from './network.ts';

async function start(): Promise<TestNetwork> {
  const network = await Network.start();
  const next = (status: number) => () => Promise.resolve(void network.meets.push({ status }));
  return {
    adapter,
    config: { server: network.url },
    login: {
      answer: () => ({ user: 'me', password: 'right' }),
      wrong: () => ({ user: 'me', password: 'wrong' }),
    },
    chat: { kind: 'direct', id: 'friend' },
    say: (text) => Promise.resolve(network.say(text)),
    shown: () => Promise.resolve([...network.shown.values()]),
    faults: {
      refuse: next(403),
      busy: next(503),
      limit: (ms) => Promise.resolve(void network.meets.push({ status: 429, retryAfter: Math.ceil(ms / 1000) })),
      dropReply: () => Promise.resolve(void network.meets.push('drop')),
      hang: () => Promise.resolve(void network.meets.push('hang')),
      revoke: () => Promise.resolve(network.revoke()),
      cut: () => Promise.resolve(network.cut()),
      stop: () => network.stop(),
      start: () => network.listen(),
    },
    close: () => network.stop(),
  };
}

conformance('sparrow', { start, junk: [{ server: 'no URL' }, { server: 'http://127.0.0.1:1', more: 1 }] });
