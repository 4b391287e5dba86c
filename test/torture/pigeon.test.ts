import { test } from 'node:test';
import { ejabberd, on, prosody } from '../server/index.ts';
import { endure } from './at-work.ts';
import { pigeonNetwork } from './pigeon.ts';

test(
  'Pigeon with tokens [prosody]: 10 kills, cuts and stalls lose, reorder and double nothing, and both ends show the same',
  on(prosody),
  (t) => endure(t, prosody, () => pigeonNetwork(true), 10),
);

test(
  'Pigeon without tokens [ejabberd]: 8 kills, cuts and stalls lose and reorder nothing, and both ends show the same',
  on(ejabberd),
  (t) => endure(t, ejabberd, () => pigeonNetwork(false), 8),
);
