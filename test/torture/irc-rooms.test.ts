import { test } from 'node:test';
import { on, prosody } from '../server/index.ts';
import { inspircd, onIrc } from '../server/ircd.ts';
import { brisk, endure } from './at-work.ts';
import { ircThatKeeps } from './irc-kept.ts';
import { ircRooms } from './irc-rooms.ts';

test(
  'Channels of inspircd [prosody]: of what reached us 25 kills, cuts and stalls lose and reorder nothing, and leave no ghost',
  { ...on(prosody), ...onIrc(inspircd) },
  (t) => endure(t, prosody, () => ircRooms(inspircd), brisk(25), 15),
);

test(
  'Channels of a server with chathistory [prosody]: of all that was said there 12 kills, cuts and stalls lose and reorder nothing',
  on(prosody),
  (t) => endure(t, prosody, () => ircRooms(ircThatKeeps), brisk(12), 5),
);
