// Appends to several lanes and their archives without end and says on stdout what was acknowledged, until it is killed.
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { openStore } from '../../../src/store/sqlite/index.ts';
import { Bench } from '../build.ts';

const [path = '', lanes = '1', first = '0'] = process.argv.slice(2);
const bench = await Bench.on(await openStore({ path }));

async function fill(chat: number): Promise<void> {
  for (let index = Number(first); ; index += 1) {
    const key = `${chat}/${index}`;
    const row = { account: bench.account, chat, id: `id ${key}`, key, from: null, at: index, body: index };
    const append = [bench.entry(key, { lane: bench.lane(chat) })];
    const [seq] = (await bench.store.step({ fence: bench.fence, append, archive: [row] })).seqs;
    assert(seq !== undefined);
    writeSync(1, `${key}\n`);
    if (index % 2 === 0) await bench.settle(seq);
  }
}
await Promise.all(Array.from({ length: Number(lanes) }, (_, chat) => fill(chat)));
