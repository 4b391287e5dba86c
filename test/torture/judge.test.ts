// The judge is judged: a run in which all went well, and every way in which one may not, planted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blow, Evidence, Said, Shown, Written } from './evidence.ts';
import { judge } from './judge.ts';

const KILL: Blow = { act: 'kill', target: 'gateway', from: 50_000, to: 50_010 };

const written = (n: number, more: Partial<Written> = {}): Written => ({
  ...{ lane: 'juliet/1', id: `id-${n}`, text: `out 1 ${n}`, errors: [] },
  handed: [{ turn: n, at: n * 1_000 }],
  receipt: n * 1_000 + 100,
  ...more,
});
/** Without a receipt. */
function unheard(n: number, more: Partial<Written> = {}): Written {
  const { receipt, ...rest } = written(n, more);
  assert(receipt);
  return rest;
}
const arrival = (n: number, id = `remote-${n}`): Shown => ({ lane: 'juliet/1', id, text: `out 1 ${n}`, at: n });
const said = (n: number): Said => ({ lane: 'juliet/1', text: `in 1 ${n}`, at: n });
const shown = (n: number, id = `stanza-${n}`): Shown => ({ lane: 'juliet/1', id, text: `in 1 ${n}`, at: n });

const run = (more: Partial<Evidence> = {}): Evidence => ({
  blows: [KILL],
  written: [written(1), written(2), written(3)],
  arrived: [arrival(1), arrival(2), arrival(3)],
  said: [said(1), said(2), said(3)],
  shown: [shown(1), shown(2), shown(3)],
  marked: new Map(),
  bounced: new Set(),
  complaints: [],
  ...more,
});
const faults = (more: Partial<Evidence>): readonly string[] => judge(run(more)).faults;

test('a run in which everything arrived once and in order is good', () => {
  const verdict = judge(run());
  assert.deepEqual(verdict.faults, []);
  assert.deepEqual([verdict.arrived, verdict.receipts, verdict.shown, verdict.recognised], [3, 3, 3, 0]);
});

test('a message with a receipt that did not arrive is lost', () => {
  const verdict = judge(run({ arrived: [arrival(1), arrival(3)] }));
  assert.equal(verdict.lost, 1);
  assert.match(verdict.faults.join(), /"out 1 2" of juliet\/1 was lost/);
});

test('a message that arrived without its receipt is a receipt that was lost', () => {
  const verdict = judge(run({ written: [written(1), unheard(2), written(3)] }));
  assert.equal(verdict.lost, 1);
  assert.match(verdict.faults.join(), /the receipt of "out 1 2"/);
});

test('what the network said and no client was shown is lost', () => {
  const verdict = judge(run({ shown: [shown(1), shown(3)] }));
  assert.equal(verdict.lost, 1);
  assert.match(verdict.faults.join(), /"in 1 2", said in juliet\/1 .* was never shown/);
});

test('a message answered with an error is not lost', () => {
  const refused = unheard(2, { errors: [{ at: 2_001, code: 'server: remote-server-timeout' }] });
  const verdict = judge(run({ written: [written(1), refused, written(3)], arrived: [arrival(1), arrival(3)] }));
  assert.deepEqual(verdict.faults, []);
  assert.deepEqual([...verdict.errors], [['server: remote-server-timeout', 1]]);
});

test('a message that arrived is owed its receipt, whatever the server has said of another copy; our own error ends it', () => {
  const bounced = unheard(2, { errors: [{ at: 2_001, code: 'server: remote-server-timeout' }] });
  assert.equal(judge(run({ written: [written(1), bounced, written(3)] })).lost, 1);
  const givenUp = unheard(2, { errors: [{ at: 2_001, code: 'internal' }] });
  assert.deepEqual(faults({ written: [written(1), givenUp, written(3)] }), []);
});

test('a message without receipt or error is excused by a kill within the second after it, and listed', () => {
  const late = unheard(4, { handed: [{ turn: 4, at: KILL.from - 900 }] });
  const verdict = judge(run({ written: [written(1), written(2), written(3), late] }));
  assert.deepEqual(verdict.faults, []);
  assert.deepEqual(
    verdict.unanswered.map(({ message, excuse }) => [message.text, excuse]),
    [['out 1 4', KILL]],
  );
});

test('a message without receipt or error long before a kill fails the run', () => {
  const early = unheard(4, { handed: [{ turn: 4, at: KILL.from - 1_100 }] });
  assert.match(faults({ written: [written(1), early] }).join(), /nothing excuses it/);
});

test('the death of the network excuses no message that never reached a lane', () => {
  const message = unheard(4, { handed: [{ turn: 4, at: KILL.from - 10 }] });
  assert.match(faults({ written: [message], blows: [{ ...KILL, target: 'network' }] }).join(), /nothing excuses it/);
});

test('a message behind one that was written after it is reordered', () => {
  const verdict = judge(run({ arrived: [arrival(1), arrival(3), arrival(2)] }));
  assert.equal(verdict.reordered, 1);
});

test('a message that its client handed over again may take its second place', () => {
  const again = written(2, {
    handed: [
      { turn: 2, at: 2_000 },
      { turn: 4, at: 4_000 },
    ],
  });
  const messages = [written(1), again, written(3)];
  assert.deepEqual(faults({ written: messages, arrived: [arrival(1), arrival(3), arrival(2)] }), []);
  assert.deepEqual(faults({ written: messages, arrived: [arrival(1), arrival(2), arrival(3)] }), []);
});

test('what is shown behind what was said after it is reordered', () => {
  const verdict = judge(run({ shown: [shown(2), shown(1), shown(3)] }));
  assert.equal(verdict.reordered, 1);
});

test('what was said several times, of which one was heard, may have the place of any of them', () => {
  const twice = { ...said(2), places: [1, 3] };
  const all = [said(1), twice, said(3)];
  assert.deepEqual(faults({ said: all, shown: [shown(1), shown(2), shown(3)] }), []);
  assert.deepEqual(faults({ said: all, shown: [shown(1), shown(3), shown(2)] }), []);
  assert.equal(judge(run({ said: [...all, said(4)], shown: [shown(1), shown(3), shown(2), shown(4)] })).reordered, 0);
  const late = [said(1), twice, said(3), said(4), said(5)];
  const order = [shown(1), shown(3), shown(5), shown(2), shown(4)];
  assert.equal(judge(run({ said: late, shown: order })).reordered, 2);
});

test('what the server had kept for an absent user may come behind what is live, and is counted apart', () => {
  const verdict = judge(run({ shown: [shown(1), shown(3), { ...shown(2), kept: true }] }));
  assert.deepEqual([verdict.reordered, verdict.givenBack, verdict.faults], [0, 1, []]);
});

test('what the server had given back may come behind what it took, and is counted apart', () => {
  const verdict = judge(run({ shown: [shown(1), shown(3), shown(2)], bounced: new Set(['stanza-2']) }));
  assert.deepEqual(verdict.faults, []);
  assert.deepEqual([verdict.reordered, verdict.givenBack], [0, 1]);
});

test('the same stanza shown again counts as recognised and is no fault', () => {
  const verdict = judge(run({ shown: [shown(1), shown(2), shown(1), shown(2), shown(3)] }));
  assert.deepEqual(verdict.faults, []);
  assert.equal(verdict.recognised, 2);
});

test('the same words shown with another id are doubled', () => {
  assert.match(faults({ shown: [shown(1), shown(2), shown(2, 'other'), shown(3)] }).join(), /again .* with another id/);
});

test('a message that arrived twice is a fault unless the gateway had marked it uncertain', () => {
  const arrived = [arrival(1), arrival(2), arrival(2, 'remote-2b'), arrival(3)];
  assert.match(faults({ arrived }).join(), /"out 1 2" of juliet\/1 arrived 2 times, marked uncertain 0 times/);
  const verdict = judge(run({ arrived, marked: new Map([['id-2', 1]]) }));
  assert.deepEqual(verdict.faults, []);
  assert.equal(verdict.doubled, 1);
});

test('the second copy of an uncertain message may not stand behind its successor', () => {
  const arrived = [arrival(1), arrival(2), arrival(3), arrival(2, 'remote-2b')];
  assert.equal(judge(run({ arrived, marked: new Map([['id-2', 1]]) })).reordered, 1);
});

test('several messages that were under way when a link died may all arrive again, in their order', () => {
  const again = [arrival(2, 'remote-2b'), arrival(3, 'remote-3b')];
  const marked = new Map([
    ['id-2', 1],
    ['id-3', 1],
  ]);
  const verdict = judge(run({ arrived: [arrival(1), arrival(2), arrival(3), ...again], marked }));
  assert.deepEqual([verdict.doubled, verdict.reordered, verdict.faults], [2, 0, []]);
  assert.equal(
    judge(run({ arrived: [arrival(1), arrival(2), arrival(3), ...again.toReversed()], marked })).reordered,
    1,
  );
});

test('words that nobody said, and words in a chat that is not theirs, are faults', () => {
  assert.match(faults({ shown: [shown(1), shown(2), shown(3), shown(4)] }).join(), /nobody said it/);
  const arrived = [{ ...arrival(1), lane: 'nurse/1' }, arrival(2), arrival(3)];
  assert.match(faults({ arrived }).join(), /arrived in nurse\/1/);
});

test('whatever the gateway complains of fails the run', () => {
  assert.equal(faults({ complaints: ['a lane stopped'] }).length, 1);
});

const retraction = (n: number, target: string): Written =>
  written(n, { text: `retract ${target}`, act: { type: 'retract', target } });

test('what its writer took back before it was sent needs no answer; what he took back after it arrived does', () => {
  const taken = [unheard(1), unheard(2, { act: { type: 'edit', target: 'id-1' } }), retraction(3, 'id-1')];
  const back = { id: 'act', lane: 'juliet/1', text: 'retract id-1', at: 3 };
  const verdict = judge(run({ written: taken, arrived: [back] }));
  assert.deepEqual([verdict.takenBack, verdict.lost, verdict.faults], [2, 0, []]);
  assert.match(faults({ written: taken, arrived: [arrival(1), back] }).join(), /the receipt of "out 1 1"/);
});

test('what never arrived need not be taken back on the network', () => {
  const refusedOne = unheard(1, { errors: [{ at: 1, code: 'server: remote-server-timeout' }] });
  assert.deepEqual(faults({ written: [refusedOne, retraction(2, 'id-1')], arrived: [] }), []);
  const verdict = judge(run({ written: [written(1), retraction(2, 'id-1')], arrived: [arrival(1)] }));
  assert.equal(verdict.lost, 1);
});

test('a message that a client shows otherwise than it stands on the network is a fault, and counts as compared', () => {
  const room = { name: 'the hall', network: ['"one" of ada: "one v2" []'], client: ['"one" of ada: "one" []'] };
  assert.match(faults({ rooms: [room] }).join(), /the client sees .*"one" \[\].* and misses .*one v2/);
  assert.equal(judge(run({ rooms: [{ ...room, client: room.network }] })).ends.compared, 1);
});

test('what was written after a retraction is not excused by it', () => {
  const late = unheard(3, { act: { type: 'react', target: 'id-1', emojis: [] } });
  const messages = [written(1), retraction(2, 'id-1'), late];
  const arrived = [arrival(1), { ...arrival(2), text: 'retract id-1' }];
  assert.match(faults({ written: messages, arrived }).join(), /nothing excuses it/);
});

test('what a client wrote and is shown as written elsewhere is a fault unless the gateway had marked it uncertain', () => {
  const elsewhere = [{ ...arrival(2), text: 'out 1 2 #1' }];
  assert.match(faults({ elsewhere }).join(), /as if written elsewhere, marked uncertain 0 times/);
  assert.deepEqual(faults({ elsewhere, marked: new Map([['id-2', 1]]) }), []);
});

test('somebody whom a client sees and the network has not is a ghost; so is one of whom it was not told', () => {
  const list = { name: 'juliet in garden', network: ['ada member', 'ben admin'], client: ['ben admin', 'ada member'] };
  assert.deepEqual(faults({ lists: [list] }), []);
  const ghost = { ...list, client: [...list.client, 'gil member'] };
  assert.match(faults({ lists: [ghost] }).join(), /the client sees \[gil member\]/);
  const missed = { ...list, client: ['ben admin', 'ada none'] };
  assert.match(faults({ lists: [missed] }).join(), /sees \[ada none\] .* misses \[ada member\]/);
});

test('a gateway that is behind is measured: what it cannot have read yet is excused, up to a limit', () => {
  const open = unheard(45);
  const pulses = [{ sent: 45_500, answered: 49_900 }];
  const more = { arrived: [], written: [open] };
  assert.match(faults(more).join(), /nothing excuses it/, 'four seconds before the kill');
  assert.deepEqual(faults({ ...more, pulses }), []);
  assert.match(faults({ ...more, pulses: [{ sent: 49_800, answered: 49_900 }] }).join(), /nothing excuses it/);
  const hung = { ...more, written: [unheard(30)], pulses: [{ sent: 29_000, answered: 29_100 }] };
  assert.match(faults(hung).join(), /nothing excuses it/, 'twenty seconds');
});

test('a gateway that is behind has read what came before something that it has accepted', () => {
  const pulses = [{ sent: 45_500, answered: 49_900 }];
  const more = { pulses, written: [unheard(46), written(47)], arrived: [arrival(47)] };
  assert.match(faults(more).join(), /"out 1 46".* nothing excuses it/);
});
