import type { Builder } from '../../graphql/builder.ts'
import { addTextTypes, listed } from '../lawfulness/texts.ts'
import { type Definition, type FieldOption, textIn } from './definition.ts'
import { indexStates } from './index-state.ts'
import { fieldKindList } from './kinds.ts'
import { typed, type ValueType } from './value-types.ts'

/** The types of definitions, for the fields and mutations that lead to them. */
export type DefinitionTypes = ReturnType<typeof addDefinitionTypes>

const auth = { read: 'fields.definitions' }

/** What `required` means. */
export const whoMustGive =
  'New contacts have to have it, if whoever enters them may write it: programs and people without that right go on working, and leave ' +
  'it empty. Contacts that were there before may lack it, too. The filter `is: { empty: true }` finds all that do.'

/** `FieldDefinition` and what belongs to it. */
export function addDefinitionTypes(builder: Builder, value: ValueType) {
  const { text } = addTextTypes(builder)
  const { kind, openness, indexState } = addEnums(builder)
  const option = builder.objectRef<FieldOption>('FieldOption').implement({
    description: 'What can be chosen.',
    auth,
    fields: (t) => ({
      value: t.exposeString('value', { nullable: false, description: 'Its name for programs.' }),
      labels: t.field({
        type: [text],
        nullable: false,
        description: 'What it is called.',
        resolve: ({ labels }) => listed(labels),
      }),
      retired: t.exposeBoolean('retired', { nullable: false, description: 'Nobody can choose it any more.' }),
    }),
  })
  const definition = builder.objectRef<Definition>('FieldDefinition').implement({
    description: 'A custom field of contacts.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'What the log calls it by.' }),
      key: t.exposeString('key', {
        nullable: false,
        description: 'Its name for programs, for good. Its right is `fields.<key>`.',
      }),
      kind: t.expose('kind', { type: kind, nullable: false, description: 'What its values are.' }),
      labels: t.field({
        type: [text],
        nullable: false,
        description: 'What it is called.',
        resolve: ({ labels }) => listed(labels),
      }),
      label: t.string({
        nullable: false,
        description: 'What it is called in a language, or, where that is missing, in English or another.',
        args: { language: t.arg.string({ description: 'BCP 47.' }) },
        resolve: ({ labels, key }, { language }) => textIn(labels, language) ?? key,
      }),
      help: t.field({
        type: [text],
        nullable: false,
        description: 'What people are told who fill it.',
        resolve: ({ help }) => listed(help),
      }),
      group: t.exposeString('group', {
        nullable: false,
        description: 'What it stands together with in a form; empty for nothing.',
      }),
      position: t.exposeInt('position', {
        nullable: false,
        description: 'Where it stands in its group: the least comes first.',
      }),
      required: t.exposeBoolean('required', {
        nullable: false,
        description: whoMustGive,
      }),
      unique: t.exposeBoolean('unique', { nullable: false, description: 'No two contacts have the same value.' }),
      min: t.exposeString('min', { nullable: true, description: 'The least number, amount or time.' }),
      max: t.exposeString('max', { nullable: true, description: 'The greatest number, amount or time.' }),
      maxLength: t.exposeInt('maxLength', { nullable: true, description: 'How many characters text may have.' }),
      pattern: t.exposeString('pattern', {
        nullable: false,
        description: 'A regular expression (RE2) that the whole text has to match; empty for any.',
      }),
      options: t.field({
        type: [option],
        nullable: false,
        description: 'Of choices.',
        resolve: ({ options }) => [...options],
      }),
      default: t.field({
        type: value,
        nullable: true,
        description: 'What new contacts have, unless said otherwise.',
        resolve: (its) =>
          its.default === null ? null : typed({ contactId: null, definition: its, value: its.default }),
      }),
      category: t.exposeString('category', {
        nullable: false,
        description: 'Category of personal data (Art. 30(1)(c) GDPR).',
      }),
      sensitive: t.exposeBoolean('sensitive', {
        nullable: false,
        description: 'Sealed under the key of the contact. Reading is logged; nobody can filter or sort by it.',
      }),
      purpose: t.exposeString('purpose', {
        nullable: false,
        description: 'The key of the purpose that it is kept for (Art. 5(1)(b) GDPR).',
      }),
      retentionClass: t.exposeString('retentionClass', {
        nullable: false,
        description: 'The key of the class that says how long it is kept (Art. 5(1)(e) GDPR).',
      }),
      partners: t.expose('partners', {
        type: openness,
        nullable: false,
        description: 'What partners’ programs may do, if their scopes allow it, too.',
      }),
      contact: t.expose('contact', {
        type: openness,
        nullable: false,
        description: 'What the contact may do, on pages for them.',
      }),
      indexedAt: t.expose('indexedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when an index is asked for.',
      }),
      indexState: t.field({
        type: indexState,
        nullable: false,
        description:
          'Whether filters and sorting find it by an index of its own. Exact values are found without one, too.',
        resolve: (its, _args, context) => indexStates(context).load(its),
      }),
      changing: t.boolean({
        nullable: false,
        description:
          'Its values are being brought into the form that a change asked for: they are read in that, and written in it, but nobody ' +
          'can filter or sort by it until it is done, nor change it again.',
        resolve: ({ formerKind }) => formerKind !== null,
      }),
      retiredAt: t.expose('retiredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when it takes no new values.',
      }),
      version: t.exposeInt('version', { nullable: false, description: 'Counts the changes.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was defined.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last changed.' }),
    }),
  })
  return { definition, kind, openness }
}

function addEnums(builder: Builder) {
  const kind = builder.enumType('FieldKind', {
    description: 'What the values of a custom field are.',
    values: Object.fromEntries(
      fieldKindList.map(({ name, kind: value, description }) => [name, { value, description }]),
    ),
  })
  const openness = builder.enumType('FieldOpenness', {
    description: 'What somebody may do with a field.',
    values: {
      NONE: { value: 'none', description: 'Nothing.' },
      SEE: { value: 'see', description: 'See it.' },
      FILL: { value: 'fill', description: 'See and fill it.' },
    } as const,
  })
  const indexState = builder.enumType('FieldIndexState', {
    description: 'Whether there is an index.',
    values: {
      NONE: { value: 'none', description: 'There is none, and none is asked for.' },
      REQUESTED: {
        value: 'requested',
        description: 'One is asked for, and will be made, or is being made, without keeping anybody from writing.',
      },
      READY: { value: 'ready', description: 'It is there.' },
      OBSOLETE: { value: 'obsolete', description: 'It is not wanted any more, and will be removed.' },
    } as const,
  })
  return { kind, openness, indexState }
}
