// A user logs in with the token of a bot of his own, and gets the link that his contacts need.
import { AdapterError, ask } from 'moongate/adapter';
import type { Login, LoginRun } from 'moongate/adapter';
import type { TelegramCredentials } from './batch.ts';
import { BotClient } from './client.ts';
import type { TelegramConfig } from './config.ts';
import type { Environment } from './environment.ts';
import { adapterError, isAuthLost } from './errors.ts';
import { fields, whole, words } from './shape.ts';

/** Who a token belongs to. */
export interface Bot {
  readonly id: string;
  readonly username: string;
  /** Privacy mode is off: it is shown everything that is said in its groups. */
  readonly readsAll: boolean;
}

/** Asks Telegram who the bot is. Rejects with an AdapterError that the user can read. */
export async function whoIs(client: BotClient, signal: AbortSignal): Promise<Bot> {
  const answer: unknown = await asking(client.callApi('getMe', {}, { signal }));
  const me = fields(answer);
  const id = whole(me?.id);
  const username = words(me?.username);
  if (id === undefined || username === undefined || me?.is_bot !== true) {
    throw new AdapterError({ code: 'temporary' }, 'Telegram did not say which bot this token belongs to.');
  }
  return { id: String(id), username, readsAll: me.can_read_all_group_messages === true };
}

/** The login of this adapter. It throws an AdapterError whose message tells the user what to do. */
export function tokenLogin(env: Environment): Login<TelegramConfig, TelegramCredentials> {
  return {
    id: 'token',
    title: 'Bot token',
    async *run({ config, signal }) {
      const reply = yield* ask({
        title: 'Connect a Telegram bot of your own',
        note: 'In Telegram, write /newbot to @BotFather. It answers with the token of your bot.',
        fields: [{ name: 'token', label: 'Token from @BotFather', secret: true }],
      });
      const token = (reply.token ?? '').trim();
      if (!/^[1-9]\d{0,19}:[\w-]{20,64}$/.test(token)) {
        throw new AdapterError(
          { code: 'rejected', reason: 'invalid' },
          'This is not a bot token: one looks like 123456789:AbC...',
        );
      }
      const client = new BotClient(token, config.apiRoot, env.callMs);
      try {
        const bot = await whoIs(client, signal);
        yield* removeWebhook(client, signal);
        const note = `Pass this link on: a bot cannot write first, so who wants to talk with you has to open it.`;
        yield { type: 'show', as: 'link', value: `https://t.me/${bot.username}`, note };
        return { account: bot.id, credentials: { token } };
      } finally {
        await client.disconnect();
      }
    },
  };
}

/** With a webhook set Telegram refuses polling; it may be in use elsewhere, so it is removed only when the user says so. */
async function* removeWebhook(client: BotClient, signal: AbortSignal): LoginRun<void> {
  const url = await webhookOf(client, signal);
  if (url === undefined) return;
  const { remove } = yield* askAboutWebhook(URL.canParse(url) ? new URL(url).host : 'another server');
  if (remove !== 'yes') {
    const text = 'Not logged in: while the webhook is set, the messages of this bot cannot arrive here.';
    throw new AdapterError({ code: 'rejected', reason: 'forbidden' }, text);
  }
  await asking(client.callApi('deleteWebhook', { drop_pending_updates: false }, { signal }));
}

/** Servers that speak only a part of the Bot API have no webhooks to ask about. */
async function webhookOf(client: BotClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const webhook: unknown = await asking(client.callApi('getWebhookInfo', {}, { signal }));
    return words(fields(webhook)?.url);
  } catch (error) {
    if (AdapterError.is(error) && error.fault.code === 'rejected' && error.fault.reason === 'unsupported')
      return undefined;
    throw error;
  }
}

/** The path of a webhook is often a secret: only its host is shown. */
function askAboutWebhook(host: string) {
  return ask({
    title: 'This bot has a webhook',
    note: `Its messages go to ${host} now. Remove the webhook, so that they come here instead?`,
    fields: [{ name: 'remove', label: 'Remove the webhook', options: ['yes', 'no'], value: 'no' }],
  });
}

async function asking<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isAuthLost(error)) throw adapterError(error, 'question');
    const text =
      'Telegram does not know this token. Copy it again from @BotFather (/token shows it, /revoke makes a new one).';
    throw new AdapterError({ code: 'auth-lost' }, text);
  }
}
