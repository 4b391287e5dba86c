import { test } from 'node:test';
import { playInChild } from './child.ts';

test('R19: stanzas from a grammar and damaged: one answer, no error for an error, no loss, no leak', (t) =>
  playInChild(t, 'play-stanzas.ts', 68_000));
