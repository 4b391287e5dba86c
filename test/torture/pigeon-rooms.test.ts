import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { brisk, endure } from './at-work.ts';
import { pigeonRooms } from './pigeon-rooms.ts';

test(
  'Rooms of Pigeon [prosody]: 25 kills, cuts and stalls lose, reorder and double nothing, leave no ghost, and all show the same',
  on(prosody),
  (t) => endure(t, prosody, pigeonRooms, brisk(25), 15),
);
