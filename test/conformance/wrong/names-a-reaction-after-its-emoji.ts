// Names a reaction after its message and its emojis, so that one that comes back is taken for the old one.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { key: ({ type, id, emojis, seq }) => (type === 'react' ? `react/${id}/${emojis.join()}` : `update/${seq}`) },
  fails: ['events: a reaction is the full set of its author, and may come back'],
};
