// Is told to wait before it reads again, and asks at once.
import { good } from '../good.ts';
import { ToyError } from '../toy.ts';
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: {
    read(network, host, parts) {
      const stubborn: typeof network.poll = async (...call) => {
        for (;;) {
          try {
            return await network.poll(...call);
          } catch (error) {
            if (!(error instanceof ToyError) || error.status !== 429) throw error;
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      };
      const asked = Object.create(network, { poll: { value: stubborn } }) as typeof network;
      return good.read(asked, host, parts);
    },
  },
  fails: ['connection: a limit on reading is waited for'],
};
