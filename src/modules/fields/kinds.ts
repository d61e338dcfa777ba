/** How values of a kind are written into inputs: the member of `CustomFieldValueInput`. */
export type Member = 'text' | 'integer' | 'decimal' | 'money' | 'boolean' | 'date' | 'dateTime' | 'choices' | 'file'

/** What can be found by, and how: the member of `CustomFieldFilter`; null for what can't. */
export type FilterMember = 'text' | 'number' | 'money' | 'boolean' | 'date' | 'dateTime' | 'choices'

export type KindDefinition = {
  /** As GraphQL's enumeration has it. */
  name: string
  description: string
  /** The GraphQL type of its values. */
  type: string
  member: Member
  filter: FilterMember | null
  sortable: boolean
  /** Whether each value can be had by one contact alone. */
  canBeUnique: boolean
}

/** The kinds of values that custom fields can have, declared once, by their names in the database. */
export const fieldKinds = {
  text: kind('TEXT', 'One line of text.', 'TextFieldValue', 'text', 'text', true),
  long_text: kind('LONG_TEXT', 'Text of several lines.', 'LongTextFieldValue', 'text', 'text'),
  integer: kind('INTEGER', 'A whole number.', 'IntegerFieldValue', 'integer', 'number', true),
  decimal: kind('DECIMAL', 'A decimal number, kept to the digit.', 'DecimalFieldValue', 'decimal', 'number', true),
  money: kind('MONEY', 'An amount of a currency.', 'MoneyFieldValue', 'money', 'money'),
  boolean: kind('BOOLEAN', 'Yes or no.', 'BooleanFieldValue', 'boolean', 'boolean'),
  date: kind('DATE', 'A day.', 'DateFieldValue', 'date', 'date'),
  date_time: kind('DATE_TIME', 'A moment.', 'DateTimeFieldValue', 'dateTime', 'dateTime'),
  email: kind('EMAIL', 'An e-mail address.', 'EmailFieldValue', 'text', 'text', true),
  phone: kind('PHONE', 'A phone number.', 'PhoneFieldValue', 'text', 'text', true),
  url: kind('URL', 'A web address.', 'UrlFieldValue', 'text', 'text', true),
  country: kind('COUNTRY', 'A country.', 'CountryFieldValue', 'text', 'text'),
  choice: kind('CHOICE', 'One of several options.', 'ChoiceFieldValue', 'text', 'text'),
  choices: {
    ...kind('CHOICES', 'Any of several options.', 'ChoicesFieldValue', 'choices', 'choices'),
    sortable: false,
  },
  document: kind(
    'DOCUMENT',
    'A reference to a document elsewhere: its id or address, which nobody follows here.',
    'DocumentFieldValue',
    'text',
    'text',
    true,
  ),
  file: {
    ...kind('FILE', 'A file as evidence, sealed, up to 1 MiB.', 'FileFieldValue', 'file', null),
    sortable: false,
  },
} as const satisfies Record<string, KindDefinition>

export type FieldKind = keyof typeof fieldKinds

/** The kinds as a list. */
export const fieldKindList: readonly (KindDefinition & { kind: FieldKind })[] = Object.entries(fieldKinds).map(
  ([kind, definition]) => ({ ...definition, kind: kind as FieldKind }), // Object.entries forgets the names of the keys.
)

export const isFieldKind = (text: string): text is FieldKind => Object.hasOwn(fieldKinds, text)

function kind<const T extends string, M extends Member, F extends FilterMember | null>(
  name: string,
  description: string,
  type: T,
  member: M,
  filter: F,
  canBeUnique = false,
) {
  return { name, description, type, member, filter, canBeUnique, sortable: true }
}
