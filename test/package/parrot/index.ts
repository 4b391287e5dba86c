// An adapter as a stranger would write it, against the published package: one contact that says everything again.
import { ask, type Adapter, type Chat, type UserId } from 'moongate/adapter';

interface Config {
  readonly prefix: string;
}
interface Credentials {
  readonly cage: string;
}

const parrot: UserId = 'polly';
const chat: Chat = { kind: 'direct', id: parrot };

const adapter: Adapter<Config, Credentials> = {
  api: 1,
  id: 'parrot',
  name: 'Parrot',
  prompt: 'polly',
  parseConfig(input) {
    const { prefix = '' } = input as { prefix?: unknown };
    if (typeof prefix !== 'string') throw new Error('prefix must be text');
    return { prefix };
  },
  logins: [
    {
      id: 'cage',
      title: 'Open the cage',
      async *run() {
        const { cage } = yield* ask({ title: 'Open the cage', fields: [{ name: 'cage', label: 'Cage' }] });
        return { account: cage, credentials: { cage } };
      },
    },
  ],
  connect: async (host) => ({
    self: host.credentials.cage,
    limits: { text: 1_000 },
    resend: 'safe',
    async send(to, content, { token, at }) {
      const text = `${host.config.prefix}${content.text ?? ''}`;
      await host.commit({
        events: [{ type: 'message', key: token, id: `said-${token}`, chat: to, from: parrot, at, content: { text } }],
      });
      return { id: token };
    },
    resolve: async (query) => (query === parrot ? { chat, name: 'Polly' } : undefined),
    close: async () => undefined,
  }),
};

export default adapter;
