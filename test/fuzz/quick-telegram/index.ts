// The adapter for Telegram as it is, in a world where each second is a fiftieth of one.
import { createTelegram } from '../../../adapters/telegram/index.ts';
import { REAL } from '../../../adapters/telegram/environment.ts';
import { HASTE } from '../haste.ts';

export default createTelegram({
  monotonic: () => REAL.monotonic() * HASTE,
  sleep: (ms, signal) => REAL.sleep(ms / HASTE, signal),
  conflictMs: 3_600_000,
});
