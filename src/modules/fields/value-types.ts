import { typeBrandKey } from '@pothos/core'
import type { Builder } from '../../graphql/builder.ts'
import { reads } from '../../graphql/execute/selected.ts'
import { keyOf } from '../audit/opening.ts'
import { type Definition, textIn } from './definition.ts'
import { openContent } from './files.ts'
import { fieldKinds } from './kinds.ts'
import type { FieldOfContact } from './read.ts'
import { auditName, type FieldValue, isFile, type Money } from './values.ts'

const about = ({ contactId }: FieldOfContact) => contactId

/** The reference to the interface, for the fields that lead to values. */
export type ValueType = ReturnType<typeof addValueTypes>

/** `CustomFieldValue`, and a type for each kind. What leads there asks for the right of the field, so these need none. */
export function addValueTypes(builder: Builder) {
  const value = addInterface(builder)
  const add = <T>(
    type: string,
    description: string,
    name: string,
    scalar: 'String' | 'SafeInt' | 'Decimal' | 'Boolean' | 'CountryCode',
    read: (value: FieldValue) => T,
  ) =>
    builder.objectRef<FieldOfContact>(type).implement({
      description,
      interfaces: [value],
      about,
      auth: 'public',
      fields: (t) => ({
        [name]: t.field({
          type: scalar,
          nullable: false,
          description: 'The value.',
          extensions: reads('value'),
          resolve: ({ value: its }) => read(its) as never, // As the kind says, which was checked when it was written.
        }),
      }),
    })
  add('TextFieldValue', 'One line of text.', 'text', 'String', String)
  add('LongTextFieldValue', 'Text of several lines.', 'text', 'String', String)
  add('IntegerFieldValue', 'A whole number.', 'integer', 'SafeInt', Number)
  add('DecimalFieldValue', 'A decimal number.', 'decimal', 'Decimal', String)
  add('BooleanFieldValue', 'Yes or no.', 'boolean', 'Boolean', Boolean)
  add('EmailFieldValue', 'An e-mail address.', 'email', 'String', String)
  add('PhoneFieldValue', 'A phone number, E.164.', 'phone', 'String', String)
  add('UrlFieldValue', 'A web address.', 'url', 'String', String)
  add('CountryFieldValue', 'A country, ISO 3166-1 alpha-2.', 'country', 'CountryCode', String)
  add('DocumentFieldValue', 'A reference to a document elsewhere.', 'document', 'String', String)
  addTimes(builder, value)
  addMoney(builder, value)
  addChoices(builder, value)
  addFile(builder, value)
  return value
}

function addInterface(builder: Builder) {
  return builder.interfaceRef<FieldOfContact>('CustomFieldValue').implement({
    description: 'The value of a custom field; a type of its own for each kind.',
    auth: 'public',
    fields: (t) => ({
      key: t.string({
        nullable: false,
        description: 'The key of the field.',
        extensions: reads('definition'),
        resolve: ({ definition }) => definition.key,
      }),
      label: t.string({
        nullable: false,
        description: 'What the field is called.',
        args: {
          language: t.arg.string({ description: 'BCP 47; without, or where there is none, in English or another.' }),
        },
        resolve: ({ definition }, { language }) => textIn(definition.labels, language) ?? definition.key,
      }),
    }),
  })
}

/** The value as the type of its kind: Pothos looks for its name there. */
export const typed = ({ contactId, definition, value }: FieldOfContact): FieldOfContact & Record<symbol, string> => ({
  contactId,
  definition,
  value,
  [typeBrandKey]: fieldKinds[definition.kind].type,
})

type Interface = ReturnType<typeof addInterface>

function addTimes(builder: Builder, value: Interface) {
  const types = [
    { name: 'DateFieldValue', description: 'A day.', field: 'date', scalar: 'Date', read: String },
    {
      name: 'DateTimeFieldValue',
      description: 'A moment.',
      field: 'dateTime',
      scalar: 'DateTime',
      read: (its: FieldValue) => new Date(String(its)),
    },
  ] as const
  for (const { name, description, field, scalar, read } of types) {
    builder.objectRef<FieldOfContact>(name).implement({
      description,
      interfaces: [value],
      about,
      auth: 'public',
      fields: (t) => ({
        [field]: t.field({
          type: scalar,
          nullable: false,
          description: 'The value.',
          extensions: reads('value'),
          resolve: ({ value: its }) => read(its),
        }),
      }),
    })
  }
}

function addMoney(builder: Builder, value: Interface) {
  builder.objectRef<FieldOfContact>('MoneyFieldValue').implement({
    description: 'An amount of a currency.',
    interfaces: [value],
    about,
    auth: 'public',
    fields: (t) => ({
      amount: t.field({
        type: 'Decimal',
        nullable: false,
        description: 'How much.',
        resolve: ({ value: its }) => moneyOf(its).amount,
      }),
      currency: t.string({
        nullable: false,
        description: 'ISO 4217: `EUR`.',
        resolve: ({ value: its }) => moneyOf(its).currency,
      }),
    }),
  })
}

const moneyOf = (value: FieldValue): Money =>
  typeof value === 'object' && 'amount' in value ? value : { amount: '0', currency: '' }

function addChoices(builder: Builder, value: Interface) {
  const language = 'BCP 47; without, or where there is none, in English or another.'
  const called = ({ options }: Definition, choice: string, wanted: string | null | undefined) =>
    textIn(options.find((option) => option.value === choice)?.labels ?? {}, wanted) ?? choice
  builder.objectRef<FieldOfContact>('ChoiceFieldValue').implement({
    description: 'One of several options.',
    interfaces: [value],
    about,
    auth: 'public',
    fields: (t) => ({
      choice: t.string({
        nullable: false,
        description: 'The value of the option.',
        extensions: reads('value'),
        resolve: ({ value: its }) => String(its),
      }),
      choiceLabel: t.string({
        nullable: false,
        description: 'What the option is called.',
        args: { language: t.arg.string({ description: language }) },
        resolve: ({ value: its, definition }, args) => called(definition, String(its), args.language),
      }),
    }),
  })
  builder.objectRef<FieldOfContact>('ChoicesFieldValue').implement({
    description: 'Any of several options.',
    interfaces: [value],
    about,
    auth: 'public',
    fields: (t) => ({
      choices: t.stringList({
        nullable: false,
        description: 'The values of the options, in their order.',
        resolve: ({ value: its }) => [its].flat().map(String),
      }),
      choiceLabels: t.stringList({
        nullable: false,
        description: 'What the options are called.',
        args: { language: t.arg.string({ description: language }) },
        resolve: ({ value: its, definition }, args) =>
          [its].flat().map((choice) => called(definition, String(choice), args.language)),
      }),
    }),
  })
}

function addFile(builder: Builder, value: Interface) {
  builder.objectRef<FieldOfContact>('FileFieldValue').implement({
    description: 'A file that is kept as evidence.',
    interfaces: [value],
    about,
    auth: 'public',
    fields: (t) => ({
      name: t.string({
        nullable: false,
        description: 'The name of the file.',
        resolve: ({ value: its }) => (isFile(its) ? its.name : ''),
      }),
      mediaType: t.string({
        nullable: false,
        description: '`application/pdf`',
        resolve: ({ value: its }) => (isFile(its) ? its.mediaType : ''),
      }),
      size: t.int({
        nullable: false,
        description: 'In bytes.',
        resolve: ({ value: its }) => (isFile(its) ? its.size : 0),
      }),
      sha256: t.string({
        nullable: false,
        description: 'The hash of its content, in hexadecimal digits.',
        resolve: ({ value: its }) => (isFile(its) ? its.sha256 : ''),
      }),
      content: t.string({
        nullable: true,
        description: 'What the file holds, in base64. That somebody gets it is logged.',
        readLog: ({ contactId, definition, value: its }) => ({
          contactId: contactId ?? undefined,
          entityId: contactId ?? undefined,
          of: { entity: 'Contact', fields: [auditName(definition.key)] },
          what: { file: isFile(its) ? its.sha256 : null },
        }),
        resolve: async ({ contactId, value: its }, _args, context) => {
          if (!isFile(its) || contactId === null) return null
          const row = await context.database.fieldFile.findUnique({
            where: { contactId_id: { contactId, id: its.id } },
          })
          const key = await keyOf(context, { contactId })
          if (!row || !key || key === 'destroyed') return null
          return Buffer.from(openContent(key, contactId, its.id, row.content)).toString('base64')
        },
      }),
    }),
  })
}
