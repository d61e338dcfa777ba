import type { Builder } from '../../graphql/builder.ts'
import { sharedType } from '../../graphql/shared-type.ts'
import type { ConditionTypes } from '../contacts/list/filter-inputs.ts'
import type { CustomFieldFilter } from './filter.ts'
import type { FieldDraft, Given } from './given.ts'
import type { CustomFieldOrder } from './ordering.ts'
import { rightOfField } from './rights.ts'

type Maybe<T> = T | null | undefined

/** A value of a custom field as GraphQL takes it. */
export type GivenField = { key: string; value?: Maybe<Omit<Given, 'written'>> }

/** As a draft: what has no value, or null, is to be emptied. */
export const draftOf = ({ key, value }: GivenField): FieldDraft => ({ key, value: value ?? null })

/** The right that a key names. */
export const byKey = (access: 'read' | 'write') => ({
  access,
  right: (key: unknown) => rightOfField(String(key)),
  tells: `${access} \`fields.<key>\``,
})

/** The input types by which custom fields are written. */
export const addFieldInputs = sharedType((builder) => {
  const money = builder.inputType('MoneyInput', {
    description: 'An amount of a currency.',
    auth: 'public',
    fields: (t) => ({
      amount: t.field({ type: 'Decimal', required: true, description: 'How much.' }),
      currency: t.string({ required: true, description: 'ISO 4217: `EUR`.' }),
    }),
  })
  const file = builder.inputType('FieldFileInput', {
    description: 'A file to keep as evidence.',
    auth: 'public',
    fields: (t) => ({
      name: t.string({ required: true, description: 'The name of the file.' }),
      mediaType: t.string({ description: '`application/pdf`; `application/octet-stream`, unless said otherwise.' }),
      content: t.string({ required: true, description: 'What it holds, in base64: at most 1 MiB.' }),
    }),
  })
  const value = builder.inputRef<Omit<Given, 'written'>>('CustomFieldValueInput').implement({
    description: 'A value, under the member that the kind of the field wants.',
    auth: 'public',
    isOneOf: true,
    fields: (t) => ({
      text: t.string({
        description: 'Of texts, e-mail addresses, phone numbers, web addresses, countries, single choices, documents.',
      }),
      integer: t.field({ type: 'SafeInt', description: 'Of whole numbers.' }),
      decimal: t.field({ type: 'Decimal', description: 'Of decimal numbers.' }),
      money: t.field({ type: money, description: 'Of amounts of money.' }),
      boolean: t.boolean({ description: 'Of yes and no.' }),
      date: t.field({ type: 'Date', description: 'Of days.' }),
      dateTime: t.field({ type: 'DateTime', description: 'Of moments.' }),
      choices: t.stringList({ description: 'Of multiple choices: all that are chosen.' }),
      file: t.field({ type: file, description: 'Of files.' }),
    }),
  })
  const field = builder.inputRef<GivenField>('CustomFieldInput').implement({
    description: 'What a custom field of a contact is to be.',
    auth: 'public',
    fields: (t) => ({
      key: t.string({ required: true, description: 'The key of the field.', authByValue: byKey('write') }),
      value: t.field({ type: value, description: 'The value; null empties the field.' }),
    }),
  })
  return { field, value }
})

/** The input types of filters and orderings by custom fields. */
export function addFieldFilter(builder: Builder, conditions: ConditionTypes) {
  const number = builder.inputType('NumberFilter', {
    description: 'Conditions on a number; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      equals: t.field({ type: 'Decimal', description: 'Exactly this.' }),
      from: t.field({ type: 'Decimal', description: 'This or more.' }),
      until: t.field({ type: 'Decimal', description: 'This or less.' }),
      isEmpty: t.boolean({ description: 'True: not known. False: known.' }),
    }),
  })
  const money = builder.inputType('MoneyFilter', {
    description: 'Conditions on an amount of money; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      currency: t.string({ description: 'Of this currency, ISO 4217.' }),
      from: t.field({ type: 'Decimal', description: 'This or more, of whichever currency.' }),
      until: t.field({ type: 'Decimal', description: 'This or less, of whichever currency.' }),
      isEmpty: t.boolean({ description: 'True: not known. False: known.' }),
    }),
  })
  const is = builder.inputRef<NonNullable<CustomFieldFilter['is']>>('CustomFieldCondition').implement({
    description: 'A condition, under the member that the kind of the field wants.',
    auth: 'public',
    isOneOf: true,
    fields: (t) => ({
      text: t.field({
        type: conditions.text,
        description: 'On texts, addresses, numbers of phones, countries, single choices, documents.',
      }),
      number: t.field({ type: number, description: 'On whole and decimal numbers.' }),
      money: t.field({ type: money, description: 'On amounts of money.' }),
      boolean: t.boolean({ description: 'On yes and no.' }),
      date: t.field({ type: conditions.date, description: 'On days.' }),
      dateTime: t.field({ type: conditions.timestamp, description: 'On moments.' }),
      choices: t.field({ type: conditions.tags, description: 'On multiple choices.' }),
      empty: t.boolean({ description: 'On any kind. True: there is no value. False: there is one.' }),
    }),
  })
  return builder.inputRef<CustomFieldFilter>('CustomFieldFilter').implement({
    description: 'A condition on a custom field. Sensitive ones are sealed, and nobody can filter by them.',
    auth: 'public',
    fields: (t) => ({
      key: t.string({ required: true, description: 'The key of the field.', authByValue: byKey('read') }),
      is: t.field({ type: is, description: 'What its value has to be like.' }),
    }),
  })
}

/** Which way to sort. */
export const addSortDirection = sharedType((builder) =>
  builder.enumType('SortDirection', {
    description: 'Which way to sort.',
    values: {
      ASC: { description: 'From A to Z, from early to late. Empty text comes first, unknown dates last.' },
      DESC: { description: 'The other way round. Empty text and unknown dates come last.' },
    },
  }),
)

/** A custom field to sort by. */
export const addFieldOrder = (builder: Builder, direction: ReturnType<typeof addSortDirection>) =>
  builder.inputRef<CustomFieldOrder>('CustomFieldOrder').implement({
    description:
      'A custom field to sort by. Amounts of money are sorted by currency first; several choices have no order.',
    auth: 'public',
    fields: (t) => ({
      key: t.string({ required: true, description: 'The key of the field.', authByValue: byKey('read') }),
      direction: t.field({ type: direction, required: true, description: 'Which way.' }),
    }),
  })
