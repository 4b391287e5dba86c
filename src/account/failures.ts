// What could not be sent, for its writer or for the operator, and what could not be shown to a user, for the operator: to
// look at, to send again, to let go.
import { ask, type Chat } from '../adapter/api.ts';
import type { InBody, OutBody } from '../message/entry.ts';
import type { Seq } from '../store/api.ts';
import { moment, text } from '../text/index.ts';
import type { CommandContext } from './command.ts';
import type { Deliveries } from './deliveries.ts';
import type { Registered } from './directory.ts';
import { said, type Flow, type FlowUser } from './flow.ts';

/** So many are shown at a time, each with so much of its text. */
const SHOWN = 50;
const START = 60;

/** One line of the list, and who can do something about it. */
interface Kept {
  readonly seq: Seq;
  readonly line: (number: number) => string;
  readonly by: Pick<Deliveries, 'retry' | 'drop'>;
}

/** Lists what the user could not send and asks what is to become of it. */
export async function* failures(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  return yield* choose(await unsent(context, account, lang), account, lang);
}

/** The same for an operator, who also sees what could not be shown to the user. */
export async function* allFailures(context: CommandContext, account: Registered, { lang }: FlowUser): Flow {
  const both = [...(await unsent(context, account, lang)), ...(await unshown(context, account, lang))];
  return yield* choose(
    both.sort((a, b) => a.seq - b.seq),
    account,
    lang,
  );
}

async function* choose(all: readonly Kept[], { id }: Registered, lang: string | undefined): Flow {
  const shown = all.slice(0, SHOWN);
  if (shown.length === 0) return said(text(lang, 'failed.none'));
  const every = text(lang, 'failed.all', { count: all.length });
  const [again, away] = [text(lang, 'failed.retry'), text(lang, 'failed.drop')];
  const { which, what } = yield* ask({
    title: text(lang, 'command.failed'),
    note: shown.map(({ line }, index) => line(index + 1)).join('\n'),
    fields: [
      {
        name: 'which',
        label: text(lang, 'failed.which'),
        options: [...shown.map((_, index) => `${index + 1}`), every],
      },
      { name: 'what', label: text(lang, 'failed.what'), options: [again, away] },
    ],
  });
  const one = which === every ? undefined : shown[Number(which) - 1];
  const sides = one ? [one.by] : [...new Set(all.map(({ by }) => by))];
  const only = one && [one.seq];
  const verb = what === again ? 'retry' : 'drop';
  let count = 0;
  for (const side of sides) count += await side[verb](id, only);
  return said(text(lang, what === again ? 'retry.done' : 'failed.dropped', { count }));
}

async function unsent(
  { back, jidOf, words }: CommandContext,
  { id }: Registered,
  lang: string | undefined,
): Promise<readonly Kept[]> {
  return (await back.failed(id)).map(({ seq, at, body, why }) => ({
    ...{ seq, by: back },
    line: (number) =>
      text(lang, 'failed.line', {
        ...{ number, time: moment(lang, at), chat: jidOf(body.chat), text: whatSent(body, lang) },
        reason: words({ code: why }, lang),
      }),
  }));
}

async function unshown(
  { deliveries, domain, jidOf, words }: CommandContext,
  { id }: Registered,
  lang: string | undefined,
): Promise<readonly Kept[]> {
  return (await deliveries.list(id)).map(({ seq, at, body, why }) => {
    const chat = chatOf(body);
    const from = chat === undefined ? domain : jidOf(chat);
    const reason = why === 'internal' ? words({ code: why }, lang) : text(lang, 'failed.refused', { condition: why });
    return {
      ...{ seq, by: deliveries },
      line: (number) =>
        text(lang, 'failed.from', { number, time: moment(lang, at), chat: from, text: whatCame(body, lang), reason }),
    };
  });
}

function chatOf(body: InBody): Chat | undefined {
  if (body.type === 'event') return 'chat' in body.event ? body.event.chat : undefined;
  return body.type === 'own' ? body.body.chat : body.chat;
}

/** How it begins, in one line. */
function whatSent(body: OutBody, lang: string | undefined): string {
  switch (body.type) {
    case 'message':
    case 'edit':
      return start(body.content.text);
    case 'react':
      return text(lang, 'message.reaction', { emojis: body.emojis.join(' ') });
    default:
      return text(lang, 'message.retracted');
  }
}

function whatCame(body: InBody, lang: string | undefined): string {
  if (body.type === 'own') return whatSent(body.body, lang);
  if (body.type !== 'event') return text(lang, `failed.kind-${body.type}`);
  const { event } = body;
  switch (event.type) {
    case 'message':
    case 'edit':
      return start(event.content.text);
    case 'notice':
      return start(event.text);
    case 'react':
      return text(lang, 'message.reaction', { emojis: event.emojis.join(' ') });
    case 'retract':
      return text(lang, 'message.retracted');
    default:
      return text(lang, 'failed.kind-receipt');
  }
}

function start(words = ''): string {
  const points = [...words.replace(/\s+/g, ' ')];
  return points.length > START ? `${points.slice(0, START).join('')}…` : points.join('');
}
