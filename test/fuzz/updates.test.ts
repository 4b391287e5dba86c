import { test } from 'node:test';
import { playInChild } from './child.ts';

test('updates from a grammar and damaged: polling goes on, what is good arrives, each message has one end, no leak', (t) =>
  playInChild(t, 'play-updates.ts', 32_000));
