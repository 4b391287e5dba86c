// The stock @xmpp/component, as its README uses it, in a process of its own because some input kills it.
// argv: port, behaviour. One JSON line on stdout for each thing it sees.
import { component, xml } from '@xmpp/component';
import { Socket } from 'node:net';

const [port, behaviour] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');

const stock = component({ service: `xmpp://127.0.0.1:${port}`, domain: 'gate.example.org', password: 'gate-secret' });
stock.on('error', (error) => say({ error: String(error?.message ?? error) }));
stock.on('stanza', (stanza) => {
  say({ body: stanza.getChildText('body')?.slice(0, 100), length: stanza.getChildText('body')?.length ?? 0 });
  if (behaviour === 'throw') throw new Error('a handler failed');
});
if (behaviour === 'send-early')
  stock.on('opening', () =>
    setImmediate(() =>
      stock.send(xml('message', { from: 'gate.example.org', to: 'alice@example.org' }, xml('body', {}, 'early'))),
    ),
  );
stock.on('online', () => {
  say({ online: true });
  const message = (text) => xml('message', { to: 'alice@example.org' }, xml('body', {}, text));
  if (behaviour === 'forbidden') void stock.send(message('a\u0000b'));
  if (behaviour === 'flood') {
    for (let i = 0; i < 20_000; i++) void stock.send(message('x'.repeat(1_000)));
    setImmediate(() => say({ backlog: stock.socket.writableLength }));
  }
  if (behaviour === 'burst') {
    let writes = 0;
    const { write } = Socket.prototype;
    Socket.prototype.write = function (...args) {
      if (this === stock.socket) writes++;
      return write.apply(this, args);
    };
    for (let i = 0; i < 100; i++) void stock.send(message(String(i)));
    setImmediate(() => say({ writes }));
  }
});
stock.start().catch((error) => say({ error: String(error?.message ?? error) }));
