import type { Builder } from '../../../graphql/builder.ts'
import { sharedType } from '../../../graphql/shared-type.ts'
import type { CustomFieldFilter } from '../../fields/filter.ts'
import { addFieldFilter } from '../../fields/inputs.ts'
import { contactFieldList, type FieldsOfType } from '../fields.ts'
import { type PointListField, pointKindList } from '../points.ts'

type Maybe<T> = T | null | undefined

export type TextFilter = {
  equals?: Maybe<string>
  in?: Maybe<string[]>
  contains?: Maybe<string>
  startsWith?: Maybe<string>
  isEmpty?: Maybe<boolean>
}
export type DateFilter = { equals?: Maybe<Date>; from?: Maybe<Date>; until?: Maybe<Date>; isEmpty?: Maybe<boolean> }
export type TagsFilter = { hasAll?: Maybe<string[]>; hasAny?: Maybe<string[]>; isEmpty?: Maybe<boolean> }
export type PointFilter = { [attribute: string]: Maybe<TextFilter> | Maybe<boolean> } & {
  primary?: Maybe<boolean>
  verified?: Maybe<boolean>
}

/** What `contacts(filter:)` takes. All parts of one object have to hold. */
export type ContactFilter = {
  and?: Maybe<ContactFilter[]>
  or?: Maybe<ContactFilter[]>
  not?: Maybe<ContactFilter>
  customFields?: Maybe<CustomFieldFilter[]>
  withoutBasis?: Maybe<boolean>
} & { [K in FieldsOfType<'text'>]?: Maybe<TextFilter> } & {
  [K in FieldsOfType<'date' | 'timestamp'>]?: Maybe<DateFilter>
} & { [K in FieldsOfType<'tags'>]?: Maybe<TagsFilter> } & { [K in PointListField]?: Maybe<PointFilter> }

/** The input types of conditions, which custom fields share. */
export type ConditionTypes = ReturnType<typeof addConditions>

/** Adds the input types of filters. Each field needs the right to read what it filters by. */
export const addContactFilter = sharedType((builder) => {
  const types = addConditions(builder)
  const customFields = addFieldFilter(builder, types)
  const points = pointKindList.map(({ type, field, right, attributes }) => ({
    field,
    right,
    ref: builder.inputType(`${type}Filter`, {
      description: 'Conditions on one of them; some single one has to fulfil all.',
      auth: { read: right },
      fields: (t) => ({
        ...Object.fromEntries(
          ['label', ...Object.keys(attributes)].map((name) => [name, t.field({ type: types.text })]),
        ),
        primary: t.boolean(),
        verified: t.boolean({ description: 'Whether it was confirmed that it belongs to the contact.' }),
      }),
    }),
  }))

  const filter = builder.inputRef<ContactFilter>('ContactFilter')
  filter.implement({
    description: 'Which contacts. All parts of one object have to hold; `or` and `not` say otherwise.',
    auth: { read: 'contacts.contact' },
    fields: (t) => ({
      and: t.field({ type: [filter], description: 'All of these.' }),
      or: t.field({ type: [filter], description: 'At least one of these.' }),
      not: t.field({ type: filter, description: 'Not this. `{ not: { emails: {} } }`: no e-mail address at all.' }),
      withoutBasis: t.boolean({
        auth: { read: 'lawfulness.basis' },
        description: 'True: held without any legal ground that is valid now. False: with one.',
      }),
      ...Object.fromEntries(
        contactFieldList.map(({ name, type, right }) => [name, t.field({ type: types[type], auth: { read: right } })]),
      ),
      ...Object.fromEntries(
        points.map(({ field, right, ref }) => [
          field,
          t.field({ type: ref, auth: { read: right }, description: 'There is one like this.' }),
        ]),
      ),
      customFields: t.field({ type: [customFields], description: 'All of these conditions on custom fields.' }),
    }),
  })
  return filter
})

function addConditions(builder: Builder) {
  const text = builder.inputType('TextFilter', {
    description: 'Conditions on text; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      equals: t.string({ description: 'Exactly this.' }),
      in: t.stringList({ description: 'Exactly one of these.' }),
      contains: t.string({ description: 'This somewhere in it, whatever the case and the accents.' }),
      startsWith: t.string({ description: 'Begins with this, whatever the case and the accents.' }),
      isEmpty: t.boolean({ description: 'True: nothing is known. False: something is.' }),
    }),
  })
  const date = builder.inputType('DateFilter', {
    description: 'Conditions on a day; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      equals: t.field({ type: 'Date', description: 'This day.' }),
      from: t.field({ type: 'Date', description: 'This day or later.' }),
      until: t.field({ type: 'Date', description: 'This day or earlier.' }),
      isEmpty: t.boolean({ description: 'True: not known. False: known.' }),
    }),
  })
  const timestamp = builder.inputType('DateTimeFilter', {
    description: 'Conditions on a moment; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      from: t.field({ type: 'DateTime', description: 'This moment or later.' }),
      until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
      isEmpty: t.boolean({ description: 'True: not known. False: known.' }),
    }),
  })
  const tags = builder.inputType('TagsFilter', {
    description: 'Conditions on tags; all of them have to hold.',
    auth: 'public',
    fields: (t) => ({
      hasAll: t.stringList({ description: 'Every one of these.' }),
      hasAny: t.stringList({ description: 'At least one of these.' }),
      isEmpty: t.boolean({ description: 'True: no tags. False: some.' }),
    }),
  })
  return { text, date, timestamp, tags }
}
