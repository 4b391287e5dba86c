// What users set for their accounts: Adapter.settings and the answers, which are kept sealed.
import type { Field, Reply } from '../adapter/api.ts';

/** The fields with what was answered. Secrets are not shown: left empty, one stays as it is. */
export function answered(fields: readonly Field[], answers: unknown): readonly Field[] {
  const before = replyOf(answers);
  return fields.map((field) => {
    const value = before[field.name];
    if (value === undefined || value === '') return field;
    return field.secret ? { ...field, optional: true } : { ...field, value };
  });
}

/** What is kept after new answers; what names no field is dropped. */
export function merged(fields: readonly Field[], before: unknown, answers: Reply): Reply {
  const kept = replyOf(before);
  const entries = fields.map(({ name, secret, value }): [string, string] => {
    const answer = answers[name] ?? kept[name] ?? value ?? '';
    return [name, secret && answer === '' ? (kept[name] ?? '') : answer];
  });
  return Object.fromEntries(entries);
}

/** What an adapter is given: the answers, and where there are none yet what stood in the form. */
export const settingsFor = (fields: readonly Field[], answers: unknown): Reply => merged(fields, answers, {});

const replyOf = (answers: unknown): Reply => (answers ?? {}) as Reply;
