// Names an edit after its message, so that the second edit of a message is taken for the first one again.
import type { Wrong } from './run.ts';

export const wrong: Wrong = {
  parts: { key: ({ type, id, seq }) => (type === 'edit' ? `edit/${id}` : `update/${seq}`) },
  fails: ['events: every edit is an event of its own, after its message'],
};
