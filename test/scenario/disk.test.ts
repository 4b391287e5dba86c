// The disk is full: nothing that the gateway cannot keep is taken, on either side, and it goes on by itself.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { smallDisk } from '../support/small-disk.ts';
import { TELEGRAM, World, deliver, errorFor, receipt, settled, told, write } from './support.ts';

test(
  'a full disk: the network is not acknowledged, senders get quota, and all goes on when there is room',
  on(prosody),
  async (t) => {
    const disk = await smallDisk(t);
    if (disk === undefined) return;
    await using world = await World.start(prosody, { gateway: { database: join(disk, 'moongate.db') } });
    const { user, bot, anna, jid } = await world.telegramUser();
    await deliver(user, jid, 'before');

    const filler = join(disk, 'filler');
    assert.throws(() => writeFileSync(filler, Buffer.alloc(8 * 1_048_576)), /ENOSPC/);
    // The log still has pages of its own; written full, it needs new ones.
    let refused;
    for (let count = 0; refused === undefined; count += 1) {
      assert.ok(count < 200, 'the disk does not fill');
      const id = await write(user, jid, `${count} ${'x'.repeat(30_000)}`);
      const answer = await user.waitFor(
        (stanza) => stanza.is('message') && (errorFor(id)(stanza) || receipt(id)(stanza)),
      );
      if (answer.attrs['type'] === 'error') refused = answer;
    }
    assert.equal(told(refused).error, 'wait resource-constraint quota');
    assert.equal((await world.gateway.health()).status, 503);
    await world.telegram.control.sendText({ bot: bot.id, user: anna.id, text: 'while it is full' });
    // The gateway has the update, and says that it cannot keep it.
    while (!world.gateway.log().includes('the store cannot write')) await settled(user, TELEGRAM);
    assert.equal((await world.telegram.control.pendingUpdates({ bot: bot.id })).length, 1);

    rmSync(filler);
    await user.body('while it is full', { ms: 20_000 });
    await world.telegram.control.waitForConfirmed({ bot: bot.id });
    await deliver(user, jid, 'after');
    assert.equal((await world.gateway.health()).status, 200);
  },
);
