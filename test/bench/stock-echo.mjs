// The echo of the README of @xmpp/component, in a process of its own. argv: port, domain, secret.
import { component, xml } from '@xmpp/component';

const [port, domain, password] = process.argv.slice(2);
const stock = component({ service: `xmpp://127.0.0.1:${port}`, domain, password });
stock.on('error', (error) => process.stderr.write(`${error}\n`));
stock.on('stanza', (stanza) => {
  const body = stanza.is('message') && stanza.getChildText('body');
  if (!body) return;
  const { from: to, to: from, id } = stanza.attrs;
  void stock.send(xml('message', { type: 'chat', from, to, id }, xml('body', {}, body)));
});
stock.on('online', () => process.stdout.write('echo ready\n'));
await stock.start();
