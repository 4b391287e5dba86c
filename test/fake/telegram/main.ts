// Runs the fake as a process of its own: `node main.ts [--port N] [--state FILE] [--demo]`.
import { parseArgs } from 'node:util';
import { connectControl } from './control-client.ts';
import { playDemo } from './demo.ts';
import { startServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string' },
    demo: { type: 'boolean', default: false },
  },
});
const server = await startServer({
  port: Number(values.port),
  ...(values.state === undefined ? {} : { state: values.state }),
});
const cast = values.demo ? { demo: await playDemo(connectControl(server.control)) } : {};
process.stdout.write(`${JSON.stringify({ api: server.api, control: server.control, ...cast })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
