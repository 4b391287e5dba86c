// Runs the fake as a process of its own: `node main.ts [--port N] [--state FILE] [--demo] [--with-parent]`.
import { parseArgs } from 'node:util';
import { runFake } from '../common/process.ts';
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
runFake({ api: server.api, control: server.control, ...cast }, () => server.close(), values['with-parent']);
