// What a client writes and reads besides words: corrections (XEP-0308), reactions (XEP-0444) and retractions (XEP-0424), by
// the rules of the XEPs and by none of the gateway's code.
import { x, type Element } from '../../src/xmpp/stanza.ts';

const NS_CORRECT = 'urn:xmpp:message-correct:0';
const NS_REACTIONS = 'urn:xmpp:reactions:0';
const NS_RETRACT = 'urn:xmpp:message-retract:1';

/** What is done to a message that was there before; `target` is its id as the one who does it knows it. */
export interface Act {
  readonly type: 'edit' | 'react' | 'retract';
  readonly target: string;
  /** The full set of a reaction. */
  readonly emojis?: readonly string[];
}

/** What stands in the stanza of an act; `words`: those that an edit brings. */
export function actContent({ type, target, emojis = [] }: Act, words: string): readonly Element[] {
  switch (type) {
    case 'edit':
      return [x('body', {}, words), x('replace', { xmlns: NS_CORRECT, id: target })];
    case 'react':
      return [x('reactions', { xmlns: NS_REACTIONS, id: target }, ...emojis.map((emoji) => x('reaction', {}, emoji)))];
    case 'retract':
      return [x('body', {}, '(took a message back)'), x('retract', { xmlns: NS_RETRACT, id: target })];
  }
}

/** The act that a stanza brings; undefined where it is a message of its own, or none. */
export function readAct(stanza: Element): Act | undefined {
  const retracted = stanza.getChild('retract', NS_RETRACT)?.attrs['id'];
  if (retracted !== undefined) return { type: 'retract', target: retracted };
  const reactions = stanza.getChild('reactions', NS_REACTIONS);
  const emojis = reactions?.getChildren('reaction').map((each) => each.getText());
  if (reactions && emojis) return { type: 'react', target: reactions.attrs['id'] ?? '', emojis };
  const replaced = stanza.getChild('replace', NS_CORRECT)?.attrs['id'];
  return replaced === undefined ? undefined : { type: 'edit', target: replaced };
}

/** An act as the judge names it: an edit by the words that it brings, anything else by what it does to which message. */
export function actName({ type, emojis = [] }: Pick<Act, 'type' | 'emojis'>, of: string, words = ''): string {
  if (type === 'edit') return words;
  return type === 'retract' ? `retract ${of}` : `react ${of}: ${[...emojis].sort().join(' ') || 'nothing'}`;
}
