import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { endure } from './at-work.ts';
import { pigeonRooms } from './pigeon-rooms.ts';

test(
  'Rooms of Pigeon [prosody]: 4 kills, cuts and stalls lose, reorder and double nothing, and leave no ghost',
  on(prosody),
  (t) => endure(t, prosody, pigeonRooms, 4, 10),
);
