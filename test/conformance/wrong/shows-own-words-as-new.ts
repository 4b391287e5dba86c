// Wrong: what the account says in a group comes back as if from another device.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  rooms: {
    session: (session, host) => ({
      async send(chat, content, delivery) {
        const sent = (await session.send?.(chat, content, delivery)) ?? {};
        const key = `again/${delivery.token}`;
        if (chat.kind === 'group')
          await host.commit({ events: [{ type: 'message', key, chat, from: null, at: delivery.at, content }] });
        return sent;
      },
    }),
  },
  fails: ['groups: what the account says is taken, and its echo has its id or its token'],
};
