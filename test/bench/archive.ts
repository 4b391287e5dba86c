// Pages of a big archive: one room with a million rows, asked through the store as MAM asks it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { ArchiveQuery, ArchiveRow, Store } from '../../src/store/api.ts';
import { openStore } from '../../src/store/sqlite/index.ts';
import { percentile } from './numbers.ts';

/** What one kind of page takes, in milliseconds. */
export interface PageTime {
  readonly what: string;
  readonly p50: number;
  readonly p99: number;
}
export interface ArchiveFigures {
  readonly rows: number;
  /** Rows written in a second, a thousand in each step. */
  readonly written: number;
  readonly pages: readonly PageTime[];
}

/** Rows that a client asks for, usually. */
const PAGE = 50;
const BATCH = 1_000;
const SENDERS = 200;
const FIRST_MS = 1_700_000_000_000;
const EVERY_MS = 1_000;

const idOf = (n: number): string =>
  `${(FIRST_MS + n * EVERY_MS).toString(16).padStart(12, '0')}${(n * 7919) % 9973}x${n}`;
const bodyOf = (n: number): ArchiveRow['body'] => ({
  type: 'event',
  event: {
    type: 'message',
    id: String(n),
    from: String(n % SENDERS),
    content: { text: `What was said ${n} `.repeat(8) },
  },
});

/** Fills a room in a folder of its own and asks `asked` times for each kind of page. */
export async function measureArchive(rows: number, asked: number): Promise<ArchiveFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'moongate-archive-'));
  const store = await openStore({ path: join(folder, 'moongate.db') });
  try {
    const account = await store.open({ transport: 'net.example.org', jid: 'a@example.org', remote: 'a' });
    if (typeof account !== 'number') throw new Error('the account is there already');
    const began = performance.now();
    await fill(store, account, rows);
    const written = (rows / (performance.now() - began)) * 1_000;
    const pages: PageTime[] = [];
    for (const [what, query] of kinds(rows)) pages.push(await ask(store, what, asked, () => ({ account, ...query() })));
    return { rows, written, pages };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: Store, account: number, rows: number): Promise<void> {
  const fence = await store.acquire('bench', 'node', 1_000);
  if (fence === undefined) throw new Error('the fence was not granted');
  for (let from = 0; from < rows; from += BATCH) {
    const archive = Array.from({ length: Math.min(BATCH, rows - from) }, (_each, index): ArchiveRow => {
      const n = from + index;
      const sender = n % SENDERS === 0 ? null : String(n % SENDERS);
      const said = { key: `message/${n}`, from: sender, at: FIRST_MS + n * EVERY_MS, body: bodyOf(n) };
      return { account, chat: 1, id: idOf(n), ...said };
    });
    await store.step({ fence, archive });
  }
}

type Asked = Omit<ArchiveQuery, 'account'>;

function kinds(rows: number): readonly (readonly [what: string, query: () => Asked])[] {
  const any = (): number => Math.floor(Math.random() * rows);
  const at = (): number => FIRST_MS + any() * EVERY_MS;
  const page = { chat: 1, limit: PAGE } as const;
  return [
    ['the first', () => page],
    ['the last', () => ({ ...page, last: true })],
    ['behind a row', () => ({ ...page, after: idOf(any()) })],
    ['in front of a row', () => ({ ...page, before: idOf(any()), last: true })],
    ['from a number on', () => ({ ...page, index: any() })],
    ['since a time', () => ({ ...page, start: at() })],
    ['until a time, the last', () => ({ ...page, end: at(), last: true })],
    ['of one person', () => ({ ...page, from: [String(any() % SENDERS)], after: idOf(any()) })],
    [
      'of twenty people',
      () => ({ ...page, from: Array.from({ length: 20 }, () => String(any() % SENDERS)), start: at() }),
    ],
    ['named one by one', () => ({ ...page, ids: Array.from({ length: PAGE }, () => idOf(any())) })],
  ];
}

async function ask(store: Store, what: string, asked: number, query: () => ArchiveQuery): Promise<PageTime> {
  const took: number[] = [];
  for (let turn = 0; turn < asked; turn += 1) {
    const given = query();
    const began = performance.now();
    const page = await store.archive(given);
    took.push(performance.now() - began);
    if (page === undefined) throw new Error(`${what}: no such row`);
  }
  return { what, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}
