// What the loopback's contacts promise, beyond the contract: answers that no kill loses or doubles, a clock, faults to order.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AdapterError } from 'moongate/adapter';
import { caught } from './caught.ts';
import { LoopbackStage } from './loopback-stage.ts';

const direct = (id: string) => ({ kind: 'direct', id }) as const;

describe('loopback', () => {
  it('lists its contacts, finds them by part of their name, and nobody else', async () => {
    const stage = new LoopbackStage();
    const { session } = await stage.connect();
    const contacts = stage.account.upserts.map((event) => event.type === 'contact' && [event.user, event.name]);
    assert.deepEqual(contacts, [
      ['echo', 'Echo'],
      ['clock', 'Clock'],
      ['flaky', 'Flaky'],
    ]);
    assert.deepEqual((await session?.resolve?.(' ECHO '))?.chat, direct('echo'));
    assert.equal(await session?.resolve?.('ech'), undefined);
    assert.deepEqual(
      (await session?.search?.('la'))?.map(({ name }) => name),
      ['Flaky'],
    );
    assert.equal((await session?.search?.(''))?.length, 3);
  });

  it('refuses a chat that it does not have, a property of objects among them', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    for (const id of ['nobody', 'constructor', '__proto__', '']) {
      const error = await caught(link.send(direct(id), 'hello', stage.delivery()));
      assert.ok(AdapterError.is(error));
      assert.deepEqual(error.fault, { code: 'rejected', reason: 'not-found' });
    }
  });
});

describe('echo', () => {
  it('follows what becomes of a message, each act once however often it is tried', async () => {
    const stage = new LoopbackStage();
    const { session } = await stage.connect();
    const said = stage.delivery();
    const chat = direct('echo');
    const { id = '' } = (await session?.send?.(chat, { text: 'helo' }, said)) ?? {};
    const [edit, react, read, retract] = Array.from({ length: 4 }, () => stage.delivery());
    assert.ok(edit && react && read && retract);
    for (let attempt = 0; attempt < 2; attempt++) {
      await session?.edit?.(chat, id, { text: 'hello' }, edit);
      await session?.react?.(chat, `answer/${said.token}`, ['👍'], react);
      await session?.read?.(chat, `answer/${said.token}`, read);
      await session?.retract?.(chat, id, retract);
    }
    const answer = `answer/${said.token}`;
    assert.deepEqual(
      stage.account.log
        .slice(1)
        .map((event) => [event.type, 'target' in event ? event.target : 'upTo' in event && event.upTo]),
      [
        ['edit', answer],
        ['react', id],
        ['read', id],
        ['retract', answer],
      ],
    );
  });

  it('types back', async () => {
    const stage = new LoopbackStage();
    const { session, hints } = await stage.connect();
    session?.typing?.(direct('echo'), true);
    session?.typing?.(direct('clock'), true);
    assert.deepEqual(hints, [{ type: 'typing', chat: direct('echo'), from: 'echo', on: true }]);
  });

  it('alone follows: the others refuse', async () => {
    const stage = new LoopbackStage();
    const { session } = await stage.connect();
    for (const [id, target] of [
      ['clock', 'sent/x'],
      ['echo', 'elsewhere'],
    ] as const) {
      const error = await caught(Promise.resolve(session?.react?.(direct(id), target, ['👍'], stage.delivery())));
      assert.ok(AdapterError.is(error));
      assert.deepEqual(error.fault, { code: 'rejected', reason: 'unsupported' });
    }
  });

  it('answers once when the gateway is killed before the answer is on disk', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    const { token } = stage.delivery();
    link.commits('hold');
    const sending = caught(link.send(direct('echo'), 'hello', stage.delivery({ token })));
    await link.close();
    assert.ok((await sending) instanceof Error, 'it does not count as sent');
    assert.deepEqual(stage.heard('echo'), []);
    const again = await stage.connect();
    await again.send(direct('echo'), 'hello', stage.delivery({ token, attempt: 2 }));
    assert.deepEqual(stage.heard('echo'), ['hello']);
  });

  it('answers once when the gateway is killed after the answer is on disk and before the message is settled', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    const { token } = stage.delivery();
    await link.send(direct('echo'), 'hello', stage.delivery({ token }));
    await link.close();
    const again = await stage.connect();
    await again.send(direct('echo'), 'hello', stage.delivery({ token, attempt: 2 }));
    assert.deepEqual(stage.heard('echo'), ['hello']);
  });
});

describe('clock', () => {
  it('writes every N seconds until it is stopped', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    await link.send(direct('clock'), 'every 5', stage.delivery());
    await stage.advance(16);
    const lines = ['It is 12:00:05 UTC.', 'It is 12:00:10 UTC.', 'It is 12:00:15 UTC.'];
    assert.deepEqual(stage.heard('clock').slice(1), lines);
    await link.send(direct('clock'), 'stop', stage.delivery());
    await stage.advance(60);
    assert.deepEqual(stage.heard('clock').slice(4), ['I am silent.']);
    assert.equal(stage.timers, 0);
  });

  it('goes on after a restart, without what was due meanwhile', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    await link.send(direct('clock'), 'Every 5 seconds', stage.delivery());
    await stage.advance(5);
    await link.close();
    assert.equal(stage.timers, 0);
    await stage.advance(22);
    await stage.connect();
    await stage.advance(10);
    const lines = ['It is 12:00:05 UTC.', 'It is 12:00:30 UTC.', 'It is 12:00:35 UTC.'];
    assert.deepEqual(stage.heard('clock').slice(1), lines);
  });

  it('does not begin anew when the same order is tried again', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    const { token } = stage.delivery();
    await link.send(direct('clock'), 'every 5', stage.delivery({ token }));
    await link.close();
    await stage.advance(3);
    const again = await stage.connect();
    await again.send(direct('clock'), 'every 5', stage.delivery({ token, attempt: 2 }));
    await stage.advance(2);
    assert.deepEqual(stage.heard('clock').slice(1), ['It is 12:00:05 UTC.']);
  });

  it('obeys a stop that comes while a line is being stored', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    await link.send(direct('clock'), 'every 5', stage.delivery());
    link.commits('hold');
    await stage.advance(5);
    const stopping = link.send(direct('clock'), 'stop', stage.delivery());
    link.commits('flow');
    await stopping;
    await stage.advance(60);
    assert.deepEqual(stage.heard('clock').slice(1), ['It is 12:00:05 UTC.', 'I am silent.']);
    assert.equal(stage.account.cursor, null);
  });

  it('says what it understands', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    for (const text of ['hello', 'every 0', 'every 86401', 'every', 'every -1']) {
      await link.send(direct('clock'), text, stage.delivery());
    }
    assert.equal(stage.heard('clock').length, 5);
    for (const answer of stage.heard('clock')) assert.match(answer, /every 5.*stop/);
    assert.equal(stage.timers, 0);
  });
});

describe('flaky', () => {
  const faults = [
    { text: 'temporary', attempts: 1, fault: { code: 'temporary' } },
    { text: 'temporary 3', attempts: 3, fault: { code: 'temporary' } },
    { text: 'rate 5s', attempts: 1, fault: { code: 'rate-limited', retryAfterMs: 5000, scope: 'chat' } },
    { text: ' Rate 5 ', attempts: 1, fault: { code: 'rate-limited', retryAfterMs: 5000, scope: 'chat' } },
    { text: 'reject', attempts: 9, fault: { code: 'rejected', reason: 'invalid' } },
    { text: 'reject forbidden', attempts: 9, fault: { code: 'rejected', reason: 'forbidden' } },
    { text: 'uncertain', attempts: 1, fault: { code: 'uncertain' } },
    { text: 'auth', attempts: 1, fault: { code: 'auth-lost' } },
  ];
  for (const { text, attempts, fault } of faults) {
    it(`fails as told by "${text}"`, async () => {
      const stage = new LoopbackStage();
      const link = await stage.connect();
      const { token } = stage.delivery();
      const attempt = (number: number) =>
        caught(link.send(direct('flaky'), text, stage.delivery({ token, attempt: number })));
      for (let number = 1; number <= attempts; number++) {
        const error = await attempt(number);
        assert.ok(AdapterError.is(error));
        assert.deepEqual(error.fault, fault);
      }
      if (text.startsWith('reject')) return;
      assert.equal(await attempt(attempts + 1), undefined);
      assert.equal(stage.heard('flaky').length, 1, 'it arrives once');
    });
  }

  it('throws something unforeseen at "crash", once', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    const error = await caught(link.send(direct('flaky'), 'crash', stage.delivery()));
    assert.ok(error instanceof Error && !AdapterError.is(error));
    await link.send(direct('flaky'), 'crash', stage.delivery({ attempt: 2 }));
  });

  it('is slow as told, and gives up when the core does', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    const slow = link.send(direct('flaky'), 'slow 3s', stage.delivery());
    assert.deepEqual(stage.heard('flaky'), []);
    await stage.advance(3);
    await slow;
    assert.deepEqual(stage.heard('flaky'), ['Arrived at attempt 1.']);
    const controller = new AbortController();
    const abandoned = caught(link.send(direct('flaky'), 'slow 3s', stage.delivery({ signal: controller.signal })));
    controller.abort();
    assert.ok(AdapterError.is(await abandoned));
    assert.equal(stage.timers, 0);
  });

  it('lets what it does not understand arrive, and says what it would understand', async () => {
    const stage = new LoopbackStage();
    const link = await stage.connect();
    for (const text of ['hello', 'rate soon', 'reject whatever', 'temporary 0', 'ok now']) {
      await link.send(direct('flaky'), text, stage.delivery());
    }
    for (const answer of stage.heard('flaky')) assert.match(answer, /I fail as told/);
    await link.send(direct('flaky'), 'ok', stage.delivery());
    assert.equal(stage.heard('flaky').at(-1), 'Arrived at attempt 1.');
  });
});
