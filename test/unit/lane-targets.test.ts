// What a stanza in a group names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { named } from '../../src/lane/targets.ts';
import type { ArchivedBody } from '../../src/message/entry.ts';
import type { IdRow } from '../../src/store/api.ts';

const chat = { kind: 'group', id: 'garden' } as const;
const sender = { jid: 'juliet@capulet.example/balcony', id: 'edit-of-mine' };
const content = { text: 'Hark' };
const theirs: ArchivedBody = {
  type: 'event',
  archived: 'row2',
  target: { stanza: 'row1', archived: 'row1', mine: false },
  event: { type: 'edit', key: 'k', chat, at: 1, target: 'n1', from: 'r', content },
};
const mine: ArchivedBody = {
  type: 'own',
  archived: 'row3',
  body: { type: 'edit', chat, target: 'row2', content, sender },
};

for (const [whose, correction] of [
  ['of somebody else', 'row2'],
  ['of the user, that names a correction in turn', 'row3'],
] as const)
  test(`R45: who names a correction ${whose} means the message that it corrects`, async () => {
    const row = { remote: 'n1', part: 0 } as unknown as IdRow;
    const rows: Readonly<Record<string, ArchivedBody>> = { row2: theirs, row3: mine };
    const store = {
      byStanza: async (_account: unknown, _chat: unknown, stanza: string) => (stanza === 'row1' ? [row] : []),
      archive: async ({ ids: [id = ''] = [] }: { readonly ids?: readonly string[] }) => ({
        rows: [{ body: rows[id] }],
      }),
    };
    const context = { store, archiveId: () => '' } as unknown as Parameters<typeof named>[0];
    const place = { account: 1, chat: 1, group: true } as unknown as Parameters<typeof named>[1];
    assert.deepEqual(await named(context, place, correction), [row]);
    assert.deepEqual(await named(context, { ...place, group: false }, correction), []);
  });
