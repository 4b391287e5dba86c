// The least that an echo can cost: a component that turns messages round without a parser, in a process of its own.
// argv: port, domain, secret.
import { Wire } from './wire.ts';

const [port, domain = '', secret = ''] = process.argv.slice(2);
const END = '</message>';
const wire = await Wire.open({ port: Number(port), domain, secret });
let rest = '';

const attribute = (tag: string, name: string): string => {
  const at = tag.indexOf(` ${name}=`);
  if (at < 0) return '';
  const from = at + name.length + 3;
  return tag.slice(from, tag.indexOf(tag[from - 1] ?? '', from));
};

wire.onEnd = () => process.exit(0);
wire.onText = (chunk) => {
  const text = rest + chunk;
  let out = '';
  let at = 0;
  for (let end; (end = text.indexOf(END, at)) >= 0; at = end + END.length) {
    const begin = text.indexOf('<message', at);
    const words = text.indexOf('<body>', begin);
    // A server may have something of its own to say.
    if (words < 0 || words > end) continue;
    const tag = text.slice(begin, text.indexOf('>', begin));
    const body = text.slice(words, text.indexOf('</body>', words));
    const [from, to, id] = [attribute(tag, 'to'), attribute(tag, 'from'), attribute(tag, 'id')];
    out += `<message type='chat' from='${from}' to='${to}' id='${id}'>${body}</body></message>`;
  }
  rest = text.slice(at);
  if (out !== '') wire.write(out);
};
process.stdout.write('echo ready\n');
