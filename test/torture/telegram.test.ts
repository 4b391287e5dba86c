import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { brisk, endure } from './at-work.ts';
import { telegramNetwork } from './telegram.ts';

test(
  'Telegram [prosody]: 16 kills, cuts and stalls lose, reorder and double nothing that was accepted',
  on(prosody),
  (t) => endure(t, prosody, telegramNetwork, brisk(16)),
);
