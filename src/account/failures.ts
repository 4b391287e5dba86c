// What could not be sent, for its writer or for the operator: to look at, to send again, to let go.
import { ask } from '../adapter/api.ts';
import type { Failed } from '../link.ts';
import { moment, text } from '../text/index.ts';
import type { CommandContext } from './commands.ts';
import type { Registered } from './directory.ts';
import { said, type Flow, type FlowUser } from './flow.ts';

/** So many are shown at a time, each with so much of its text. */
const SHOWN = 50;
const START = 60;

/** Lists what failed and asks what is to become of it. */
export async function* failures(
  { back, jidOf, words }: CommandContext,
  { id }: Registered,
  { lang }: Pick<FlowUser, 'lang'>,
): Flow {
  const all = await back.failed(id);
  const shown = all.slice(0, SHOWN);
  if (shown.length === 0) return said(text(lang, 'failed.none'));
  const lines = shown.map((one, index) =>
    text(lang, 'failed.line', {
      ...{ number: index + 1, time: moment(lang, one.at), chat: jidOf(one.body.chat), text: beginning(one, lang) },
      reason: words({ code: one.why }, lang),
    }),
  );
  const every = text(lang, 'failed.all', { count: all.length });
  const [again, away] = [text(lang, 'failed.retry'), text(lang, 'failed.drop')];
  const { which, what } = yield* ask({
    title: text(lang, 'command.failed'),
    note: lines.join('\n'),
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
  const only = one && [one.seq];
  if (what === again) return said(text(lang, 'retry.done', { count: await back.retry(id, only) }));
  return said(text(lang, 'failed.dropped', { count: await back.drop(id, only) }));
}

/** How it begins, in one line. */
function beginning({ body }: Failed, lang: string | undefined): string {
  switch (body.type) {
    case 'message':
    case 'edit': {
      const points = [...(body.content.text ?? '').replace(/\s+/g, ' ')];
      return points.length > START ? `${points.slice(0, START).join('')}…` : points.join('');
    }
    case 'react':
      return text(lang, 'message.reaction', { emojis: body.emojis.join(' ') });
    default:
      return text(lang, 'message.retracted');
  }
}
