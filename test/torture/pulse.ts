// How far behind the gateway is: it is asked all the time, and what was handed over before a question that it has answered it has read.
import type { Pulse } from './evidence.ts';
import type { User } from './user.ts';

const EVERY_MS = 200;

/** Asks for as long as the function returned is not called; each answer is noted. */
export function pulse(user: User, domain: string, noted: Pulse[]): () => void {
  const timer = setInterval(() => {
    if (!user.online) return;
    const sent = Date.now();
    void user.ping(domain).then(() => noted.push({ sent, answered: Date.now() }));
  }, EVERY_MS);
  return () => clearInterval(timer);
}
