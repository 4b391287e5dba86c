// `moongate run`, but for the link between its halves, over which everything travels as text.
import { runGateway } from '../../src/cli/run.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { createLog } from '../../src/log.ts';
import { carriedBack, carriedFront } from './serial-link.ts';

const config = loadConfig(process.argv.at(-1) ?? '');
const link = { back: carriedBack, front: carriedFront };
const asked = new Promise<string>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => resolve(signal));
});
await runGateway(config, {
  log: createLog(config.log),
  clock: systemClock,
  start: (read, { log }) => startGateway(read, { log, link }),
  asked,
  exit: (code) => process.exit(code),
});
process.exit(0);
