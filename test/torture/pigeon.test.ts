import { test } from 'node:test';
import { ejabberd, on, prosody } from '../server/index.ts';
import { brisk, endure } from './at-work.ts';
import { pigeonNetwork } from './pigeon.ts';

test(
  'Pigeon with tokens [prosody]: 10 kills, cuts and stalls lose, reorder and double nothing, and both ends show the same',
  on(prosody),
  (t) => endure(t, prosody, () => pigeonNetwork(true), brisk(10)),
);

test(
  'Pigeon without tokens [ejabberd]: 5 kills, cuts and stalls lose and reorder nothing, and both ends show the same',
  on(ejabberd),
  (t) => endure(t, ejabberd, () => pigeonNetwork(false), { kills: 5 }),
);
