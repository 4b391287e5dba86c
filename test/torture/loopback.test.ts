import { test } from 'node:test';
import { ejabberd, on } from '../server/index.ts';
import { endure } from './at-work.ts';
import { loopbackNetwork } from './loopback.ts';

test(
  'loopback [ejabberd]: 9 kills, cuts and stalls lose, reorder and double nothing that was accepted',
  on(ejabberd),
  (t) => endure(t, ejabberd, loopbackNetwork, { kills: 9 }),
);
