// Hands on the network's seconds as they are.
import { good } from '../good.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    read(network, host, parts) {
      const inSeconds: typeof network.poll = async (...call) =>
        (await network.poll(...call)).map((update) => ({ ...update, at: update.at / 1000 }));
      const slow = Object.create(network, { poll: { value: inSeconds } }) as typeof network;
      return good.read(slow, host, parts);
    },
  },
  fails: [
    'events: say exactly what was said, and keep the contract',
    'events: every edit is an event of its own, after its message',
    'events: a message that is taken back is named',
    'events: a reaction is the full set of its author, and may come back',
    'events: that he has read comes, with how far',
  ],
};
