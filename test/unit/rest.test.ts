import { test } from 'node:test';
import { collectAtRest } from '../../src/rest.ts';

test('what a burst has left behind is collected when the thread is at rest', { timeout: 20_000 }, async () => {
  const collected = Promise.withResolvers<void>();
  const registry = new FinalizationRegistry(() => collected.resolve());
  const kept = Array.from({ length: 100_000 }, (_, index) => ({ text: `burst ${index}` }));
  registry.register(kept.splice(0), undefined);
  const alive = setInterval(() => undefined, 1_000);
  const stop = collectAtRest();
  try {
    await collected.promise;
  } finally {
    stop();
    clearInterval(alive);
  }
});
