// Runs the network as a process of its own: `node main.ts [--port N] [--state FILE] [--no-keys] [--with-parent]`.
import { parseArgs } from 'node:util';
import { runFake } from '../common/process.ts';
import { connectControl } from './control-client.ts';
import { startServer } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string' },
    'no-keys': { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
  },
});
const server = await startServer({
  port: Number(values.port),
  ...(values.state === undefined ? {} : { state: values.state }),
});
if (values['no-keys']) await connectControl(server.control).setKeys({ honoured: false });
runFake({ api: server.api, control: server.control }, () => server.close(), values['with-parent']);
