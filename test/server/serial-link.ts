// A link between the halves over which everything travels as text, as it would between two machines: requests, answers,
// refusals and hints. What does not survive JSON does not survive this.
import { LinkError, type Back, type Front } from '../../src/link.ts';

/** The same value, through text. */
const carry = <T>(value: T): T => (JSON.parse(JSON.stringify({ value })) as { value: T }).value;

/** Arrives in a later turn of the loop, after all that was sent before. */
function inOrder(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  return (work) => {
    waiting.push(work);
    setImmediate(() => waiting.shift()?.());
  };
}

type Request = (...args: readonly unknown[]) => Promise<unknown>;
type Hint = (...args: readonly unknown[]) => void;

const HINTS = new Set(['wake', 'hint']);

/** The back as the front sees it over a wire. */
export function carriedBack(back: Back): Back {
  const post = inOrder();
  return new Proxy(back, {
    get(target, name: keyof Back) {
      const method = target[name].bind(target) as unknown;
      if (HINTS.has(name)) return (...args: unknown[]) => post(() => (method as Hint)(...carry(args)));
      return (...args: unknown[]) => {
        const sent = carry(args);
        return new Promise((resolve, reject) => {
          post(() => {
            (method as Request)(...sent).then(
              (answer) => post(() => resolve(carry(answer))),
              (error: unknown) => post(() => reject(refusal(error))),
            );
          });
        });
      };
    },
  });
}

function refusal(error: unknown): Error {
  if (error instanceof LinkError) return new LinkError(carry(error.failure));
  return new Error(error instanceof Error ? error.message : String(error));
}

/** The front as the back sees it over a wire. */
export function carriedFront(front: Front): Front {
  const post = inOrder();
  return {
    wake: (...args) => post(() => front.wake(...carry(args))),
    hint: (...args) => post(() => front.hint(...carry(args))),
    session: (...args) => post(() => front.session(...carry(args))),
    contact: (...args) => post(() => front.contact(...carry(args))),
    room: (...args) => post(() => front.room(...carry(args))),
    members: (...args) => post(() => front.members(...carry(args))),
    moved: (...args) => post(() => front.moved(...carry(args))),
  };
}
