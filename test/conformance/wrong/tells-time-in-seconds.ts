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
  fails: ['events: say exactly what was said, and keep the contract'],
};
