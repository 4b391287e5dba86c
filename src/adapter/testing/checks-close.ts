// Checks of the end: close() ends everything, in time, and nothing comes after it.
import assert from 'node:assert/strict';
import type { Check } from './check.ts';
import { NotApplicable, caught } from './stage.ts';
import type { Stage } from './stage.ts';

export const closeChecks: readonly Check[] = [
  {
    name: 'close: nothing is said after it',
    async run(stage) {
      const { link } = await stage.connect();
      await stage.say('before');
      await stage.hears(link, ['before'], 'all is well');
      await link.close();
      await stage.say('after');
      await stage.quiet();
      assert.deepEqual(link.afterClose, [], 'the host was called after close() had resolved');
    },
  },
  {
    name: 'close: leaves nothing open',
    async run(stage) {
      await stage.account();
      const before = openResources();
      for (let round = 0; round < 3; round++) {
        const { link } = await stage.connect();
        await stage.send(link, `round ${round}`);
        await link.close();
      }
      await leftOpen(stage, before, 'after close()');
    },
  },
  {
    name: 'login: leaves nothing open, however it ends',
    async run(stage) {
      const { login } = stage;
      const before = openResources();
      await stage.logIn((form) => login.answer(form));
      const left = new Error('the user left');
      const leave = (): never => {
        throw left;
      };
      await caught(stage.logIn(leave));
      await caught(stage.logIn((form) => login.wrong?.(form) ?? leave()));
      await leftOpen(stage, before, 'after a login');
    },
  },
  {
    name: 'connect: leaves nothing open when it fails',
    async run(stage) {
      await stage.account();
      await stage.fault('revoke')();
      const before = openResources();
      for (let round = 0; round < 3; round++) await caught(stage.connect());
      await leftOpen(stage, before, 'after connect() failed');
    },
  },
  {
    name: 'close: ends while a commit waits',
    async run(stage) {
      const { link } = await stage.connect();
      const asked = link.asked.length;
      link.commits('hold');
      await stage.say('held');
      await link.until(() => link.asked.length > asked, 'commit() is called');
      await link.close();
      assert.deepEqual((await stage.account()).heard(stage.network.chat), [], 'nothing lands any more');
    },
  },
  {
    name: 'close: ends while a message is being sent',
    async run(stage) {
      const { link } = await stage.connect();
      if (!link.session?.send) throw new NotApplicable('there is no send()');
      const faulty = await stage.fault('hang')();
      const controller = new AbortController();
      const sending = stage.sendInto(link, faulty, 'anybody?', { signal: controller.signal });
      await stage.quiet(); // so that it is under way
      controller.abort(); // the core gives up waiting before it closes
      await link.close();
      assert.ok((await sending) !== undefined, 'the message that was under way does not count as sent');
    },
  },
];

/** What keeps this process alive, by kind. */
function openResources(): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Immediate' && kind !== 'Timeout') kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  kinds.set('Timeout', process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length);
  return kinds;
}

/** Sockets take a moment to go, so this waits; what is still there then will stay. */
async function leftOpen(stage: Stage, before: ReadonlyMap<string, number>, when: string): Promise<void> {
  const more = (): readonly string[] =>
    [...openResources()].flatMap(([kind, count]) => (count > (before.get(kind) ?? 0) ? [`${kind} x${count}`] : []));
  const until = performance.now() + stage.patience.patienceMs;
  while (more().length > 0 && performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(more(), [], `still open ${when}`);
}
