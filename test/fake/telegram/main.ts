// Runs the fake as a process of its own: `node main.ts [--port N] [--state FILE] [--demo] [--with-parent]`.
// With `--with-parent` it ends when its standard input does, so that a parent that is killed leaves nothing behind.
import { parseArgs } from 'node:util';
import { connectControl } from './control-client.ts';
import { playDemo } from './demo.ts';
import { startServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string' },
    demo: { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
  },
});
const server = await startServer({
  port: Number(values.port),
  ...(values.state === undefined ? {} : { state: values.state }),
});
const cast = values.demo ? { demo: await playDemo(connectControl(server.control)) } : {};
process.stdout.write(`${JSON.stringify({ api: server.api, control: server.control, ...cast })}\n`);
const end = (): void => void server.close().then(() => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
if (values['with-parent']) process.stdin.once('end', end).resume();
