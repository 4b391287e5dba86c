// The result of runs as a table in Markdown.
import { spread } from './comeback.ts';
import { behind } from './judge.ts';
import type { Run } from './run.ts';

/** A run with its name for the table. */
export interface Named {
  readonly name: string;
  readonly run: Run;
}

const COLUMNS: readonly (readonly [string, (run: Run) => string | number])[] = [
  ['kills (gateway, server, network)', ({ evidence }) => blows(evidence.blows, 'kill')],
  ['cuts', ({ evidence }) => evidence.blows.filter(({ act }) => act === 'cut').length],
  ['stalls', ({ evidence }) => evidence.blows.filter(({ act }) => act === 'stall').length],
  ['lanes', ({ lanes }) => lanes],
  ['written (XMPP)', ({ verdict }) => verdict.written],
  ['arrived', ({ verdict }) => verdict.arrived],
  ['receipts', ({ verdict }) => verdict.receipts],
  ['errors', ({ verdict }) => [...verdict.errors.values()].reduce((sum, count) => sum + count, 0)],
  ['unanswered near kills', ({ verdict }) => verdict.unanswered.length],
  ['said (network)', ({ verdict }) => verdict.said],
  ['shown', ({ verdict }) => verdict.shown],
  ['resends recognised', ({ verdict }) => verdict.recognised],
  ['doubled (uncertain)', ({ verdict }) => verdict.doubled],
  ['lost', ({ verdict }) => verdict.lost],
  ['reordered', ({ verdict }) => verdict.reordered],
  ['taken back unsent', ({ verdict }) => verdict.takenBack],
  ['final states compared (either allowed)', ({ verdict: { ends } }) => `${ends.compared} (${ends.open})`],
  ['given back or kept by the server', ({ verdict }) => verdict.givenBack],
  ['said while away (died with a connection)', ({ away }) => away],
  ['lists of occupants compared', ({ verdict }) => verdict.lists],
  ['behind at a blow, ms (median, most)', ({ evidence }) => lateness(evidence)],
  [
    'back after a kill, ms (kills; ready: median, most; in all rooms: median, most)',
    ({ comebacks }) => back(comebacks),
  ],
  ['seconds', ({ ms }) => Math.round(ms / 1_000)],
];

function back(all: Run['comebacks']): string {
  const rejoined = all.flatMap((one) => (one.rejoined === undefined ? [] : [one.rejoined]));
  const rooms = rejoined.length === 0 ? '' : `; ${spread(rejoined)}`;
  return `${all.length}; ${spread(all.map(({ ready }) => ready))}${rooms}`;
}

/** How far behind the gateway was when it was hit while it ran. */
function lateness({ blows: all, pulses = [] }: Run['evidence']): string {
  return spread(all.map(({ from }) => behind(from, pulses)).filter((ms) => ms > 0));
}

function blows(all: Run['evidence']['blows'], act: 'kill'): string {
  const count = (target: string): number => all.filter((blow) => blow.act === act && blow.target === target).length;
  const [gateway, server, network] = [count('gateway'), count('server'), count('network')];
  return `${gateway + server + network} (${gateway}, ${server}, ${network})`;
}

export function table(runs: readonly Named[]): string {
  const rows = [
    ['run', ...COLUMNS.map(([title]) => title)],
    ['---', ...COLUMNS.map(() => '---:')],
    ...runs.map(({ name, run }) => [name, ...COLUMNS.map(([, cell]) => String(cell(run)))]),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Every message of a client that got neither receipt nor error: when it was handed over, and what excuses it. */
export function unanswered({ verdict }: Run): readonly string[] {
  const time = (at: number): string => new Date(at).toISOString().slice(11, 23);
  return verdict.unanswered.map(({ message, at, excuse }) => {
    const why = excuse ? `${excuse.act} of ${excuse.target} at ${time(excuse.from)}` : 'nothing excuses it';
    return `"${message.text}" of ${message.lane}, handed over at ${time(at)}: ${why}`;
  });
}
