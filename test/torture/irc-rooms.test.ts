import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { inspircd, onIrc } from '../server/ircd.ts';
import { endure } from './at-work.ts';
import { ircRooms } from './irc-rooms.ts';

test(
  'Channels of inspircd [prosody]: of what reached us 4 kills, cuts and stalls lose and reorder nothing, and leave no ghost',
  { ...on(prosody), ...onIrc(inspircd) },
  (t) => endure(t, prosody, () => ircRooms(inspircd), 4, 5),
);
