// XEP-0004 2.13: data forms, and the contract's forms as such.
import type { Field, Form, Reply } from '../../adapter/api.ts';
import { type Element, x } from '../stanza.ts';

/** Namespace of XEP-0004. */
export const NS_FORM = 'jabber:x:data';

/** A field as it is shown. A field without a type is shown as one line of text. */
export interface FormField {
  readonly var?: string; // none: a 'fixed' text
  readonly type?:
    | 'boolean'
    | 'fixed'
    | 'hidden'
    | 'jid-single'
    | 'jid-multi'
    | 'list-multi'
    | 'list-single'
    | 'text-multi'
    | 'text-private'
    | 'text-single';
  readonly label?: string;
  readonly value?: string | readonly string[];
  readonly required?: boolean;
  readonly options?: readonly { readonly value: string; readonly label?: string }[];
}
/** A form to fill in, or a result to read. */
export interface DataForm {
  readonly type: 'form' | 'result';
  /** FORM_TYPE (XEP-0068). */
  readonly formType?: string;
  readonly title?: string;
  readonly instructions?: string;
  readonly fields: readonly FormField[];
}
/** A form that was sent to us. */
export interface Submission {
  readonly type: 'submit' | 'cancel' | 'form' | 'result';
  readonly formType?: string;
  /** All values of each field, by its name; FORM_TYPE is not among them. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** Writes a form. */
export function writeForm(form: DataForm): Element {
  const formType: readonly FormField[] =
    form.formType === undefined ? [] : [{ var: 'FORM_TYPE', type: 'hidden', value: form.formType }];
  return x(
    'x',
    { xmlns: NS_FORM, type: form.type },
    form.title !== undefined && x('title', {}, form.title),
    form.instructions !== undefined && x('instructions', {}, form.instructions),
    ...[...formType, ...form.fields].map(writeField),
  );
}

function writeField(field: FormField): Element {
  const { value, options = [] } = field;
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return x(
    'field',
    { var: field.var, type: field.type, label: field.label },
    ...values.map((each) => x('value', {}, each)),
    ...options.map((option) => x('option', { label: option.label }, x('value', {}, option.value))),
    field.required && x('required'),
  );
}

const types = ['submit', 'cancel', 'form', 'result'] as const;

/** Reads the form inside an element (an IQ's query, a command); undefined where there is none that XEP-0004 knows. */
export function readForm(parent: Element): Submission | undefined {
  const form = parent.is('x', NS_FORM) ? parent : parent.getChild('x', NS_FORM);
  const type = types.find((each) => each === form?.attrs.type);
  if (form === undefined || type === undefined) return undefined;
  const values = new Map<string, readonly string[]>();
  for (const field of form.getChildren('field'))
    if (field.attrs.var !== undefined)
      values.set(
        field.attrs.var,
        field.getChildren('value').map((value) => value.getText()),
      );
  const formType = values.get('FORM_TYPE')?.[0];
  values.delete('FORM_TYPE');
  return { type, values, ...(formType === undefined ? {} : { formType }) };
}

/** The fields of a form of the contract, as data form fields. */
export function contractFields(fields: readonly Field[]): readonly FormField[] {
  return fields.map((field) => ({
    var: field.name,
    label: field.label,
    type: field.options ? 'list-single' : field.secret ? 'text-private' : 'text-single',
    // A secret never goes back to a client.
    ...(field.value === undefined || field.secret ? {} : { value: field.value }),
    ...(field.options && { options: field.options.map((value) => ({ value })) }),
    required: field.optional !== true,
  }));
}

/** A form of the contract as a data form. `lines`: names of fields that take several. */
export function contractForm(form: Form, formType?: string, lines: readonly string[] = []): DataForm {
  const fields = contractFields(form.fields);
  return {
    type: 'form',
    title: form.title,
    ...(formType === undefined ? {} : { formType }),
    ...(form.note === undefined ? {} : { instructions: form.note }),
    fields: fields.map((field) => (lines.includes(field.var ?? '') ? { ...field, type: 'text-multi' } : field)),
  };
}

/**
 * What a filled-in form says to the contract's fields, empty where an optional one was left out; or the first field that
 * is missing or not among its options.
 */
export function contractReply(
  fields: readonly Field[],
  values: ReadonlyMap<string, readonly string[]>,
): { readonly reply: Reply } | { readonly wrong: Field } {
  const reply: [string, string][] = [];
  for (const field of fields) {
    const sent = values.get(field.name);
    const value = sent === undefined ? (field.secret ? '' : (field.value ?? '')) : sent.join('\n');
    if (value === '' && !field.optional) return { wrong: field };
    if (value !== '' && field.options && !field.options.includes(value)) return { wrong: field };
    reply.push([field.name, value]);
  }
  return { reply: Object.fromEntries(reply) };
}
