import assert from 'node:assert/strict';
import test from 'node:test';
import type { Field } from '../../src/adapter/api.ts';
import { contractFields, contractForm, contractReply, readForm, writeForm } from '../../src/xmpp/feature/form.ts';
import { type Element, x } from '../../src/xmpp/stanza.ts';

const fields: readonly Field[] = [
  { name: 'token', label: 'Token', secret: true, value: 'never shown' },
  { name: 'region', label: 'Region', options: ['eu', 'us'], value: 'eu' },
  { name: 'note', label: 'Note', optional: true },
];
const submit = (values: Readonly<Record<string, string>>, type = 'submit'): Element =>
  x(
    'x',
    { xmlns: 'jabber:x:data', type },
    x('field', { var: 'FORM_TYPE', type: 'hidden' }, x('value', {}, 'jabber:iq:register')),
    ...Object.entries(values).map(([name, value]) => x('field', { var: name }, x('value', {}, value))),
  );

void test("a form of the contract becomes a data form, and a secret's value stays here", () => {
  const form = writeForm(contractForm({ title: 'Log in', note: 'From BotFather', fields }, 'jabber:iq:register'));
  assert.equal(form.attrs.type, 'form');
  assert.equal(form.getChildText('title'), 'Log in');
  assert.equal(form.getChildText('instructions'), 'From BotFather');
  const [formType, token, region, note] = form.getChildren('field');
  assert.deepEqual(formType?.attrs, { var: 'FORM_TYPE', type: 'hidden' });
  assert.equal(formType?.getChildText('value'), 'jabber:iq:register');
  assert.deepEqual(token?.attrs, { var: 'token', type: 'text-private', label: 'Token' });
  assert.doesNotMatch(form.toString(), /never shown/);
  assert.ok(token?.getChild('required'));
  assert.equal(region?.attrs.type, 'list-single');
  assert.equal(region?.getChildText('value'), 'eu');
  assert.deepEqual(
    region?.getChildren('option').map((option) => option.getChildText('value')),
    ['eu', 'us'],
  );
  assert.equal(note?.getChild('required'), undefined);
  assert.equal(contractFields(fields).length, 3);
});

void test('a submitted form is read by the names of its fields', () => {
  const query = x('query', { xmlns: 'jabber:iq:register' }, submit({ token: 't', region: 'us' }));
  const form = readForm(query);
  assert.equal(form?.type, 'submit');
  assert.equal(form?.formType, 'jabber:iq:register');
  assert.deepEqual(
    [...(form?.values ?? [])],
    [
      ['token', ['t']],
      ['region', ['us']],
    ],
  );
  assert.equal(readForm(x('query')), undefined);
  assert.equal(readForm(submit({}, 'nonsense')), undefined);
  assert.equal(readForm(submit({}, 'cancel'))?.type, 'cancel');
});

void test('what was written is read back', () => {
  const values = ['a', 'b & c', '<d>'];
  const form = writeForm({ type: 'result', fields: [{ var: 'v', type: 'text-multi', value: values }] });
  assert.deepEqual(readForm(form)?.values.get('v'), values);
});

void test('a reply has every field; what is missing or not offered is named', () => {
  const reply = (values: Readonly<Record<string, string>>) =>
    contractReply(fields, readForm(submit(values))?.values ?? new Map());
  assert.deepEqual(reply({ token: 't' }), { reply: { token: 't', region: 'eu', note: '' } });
  assert.deepEqual(reply({ token: 't', region: 'us', note: 'n', other: 'x' }), {
    reply: { token: 't', region: 'us', note: 'n' },
  });
  assert.deepEqual(reply({ region: 'eu' }), { wrong: fields[0] });
  assert.deepEqual(reply({ token: 't', region: 'mars' }), { wrong: fields[1] });
});
