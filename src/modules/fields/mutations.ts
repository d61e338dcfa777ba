import type { Builder, InputFields } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { addTextTypes } from '../lawfulness/texts.ts'
import { requestFieldIndex, retireField, type Unfitting, updateField } from './change.ts'
import { defineField, requireDefinition } from './define.ts'
import { type DefinitionTypes, whoMustGive } from './definition-types.ts'
import { definitionsOf } from './definitions.ts'
import { addFieldInputs, byKey } from './inputs.ts'

/** What it takes to change definitions: who does has to see them, too. */
export const toChangeFields = { read: 'fields.definitions', write: 'fields.definitions' }

/** `defineField`, `updateField`, `retireField` and `requestFieldIndex`. Returns the input of changes, for their preview. */
export function addFieldMutations(builder: Builder, types: DefinitionTypes) {
  const { define, update } = addInputs(builder, types)
  const unfitting = builder.enumType('UnfittingValues', {
    description: 'What becomes of values that do not fit any more.',
    values: {
      REFUSE: { value: 'refuse' satisfies Unfitting, description: 'If there are any, nothing is changed.' },
      KEEP: {
        value: 'keep' satisfies Unfitting,
        description: 'They stay as they are; whoever writes them next has to give one that fits.',
      },
      CLEAR: {
        value: 'clear' satisfies Unfitting,
        description: 'They are emptied. The history of each contact keeps them.',
      },
    } as const,
  })
  const key = { required: true, description: 'The key of the field.', authByValue: byKey('read') } as const
  builder.mutationFields((t) => ({
    defineField: t.field({
      type: types.definition,
      nullable: true,
      description:
        'Makes a custom field of contacts, which is there for everybody at once. Nobody but those with wildcards has its right, ' +
        '`fields.<key>`, until it is granted.',
      auth: toChangeFields,
      args: { input: t.arg({ type: define, required: true, description: 'The field to be.' }) },
      resolve: async (_root, { input }, context) => {
        await defineField(context, input)
        return byKeyIn(context, input.key)
      },
    }),
    updateField: t.field({
      type: types.definition,
      nullable: true,
      description:
        'Changes a custom field. Where values would not fit any more, `unfitting` says what becomes of them; see ' +
        '`previewFieldChange`. Where many have to be written anew, that follows: the field is `changing` until it is done. It takes the ' +
        'right to read the values, and to write them where they change.',
      auth: toChangeFields,
      args: {
        input: t.arg({ type: update, required: true, description: 'What is absent stays as it is.' }),
        unfitting: t.arg({
          type: unfitting,
          defaultValue: 'refuse',
          description: 'What becomes of values that do not fit.',
        }),
      },
      resolve: async (_root, { input: { key: which, ...changes }, unfitting: how }, context) => {
        await updateField(context, which, changes, how ?? 'refuse')
        return byKeyIn(context, which)
      },
    }),
    retireField: t.field({
      type: types.definition,
      nullable: true,
      description:
        'Takes a custom field out of use: it takes no new values. Those that there are can still be read and emptied, unless they ' +
        'are all emptied with it: at once nobody gets them any more; many are removed by and by, as in `updateField`.',
      auth: toChangeFields,
      args: {
        key: t.arg.string(key),
        clear: t.arg.boolean({ defaultValue: false, description: 'Empty it in every contact.' }),
      },
      resolve: async (_root, { key: which, clear }, context) => {
        await retireField(context, which, clear ?? false)
        return byKeyIn(context, which)
      },
    }),
    requestFieldIndex: t.field({
      type: types.definition,
      nullable: true,
      description:
        'Asks for an index, by which filters and sorting find the field quickly among many contacts, or that it be removed. Who ' +
        'filters by exact values (`equals`) does not need it. It is made soon, and keeps nobody from writing meanwhile; with a PostgreSQL of your own see `lethe fields index`.',
      auth: toChangeFields,
      args: {
        key: t.arg.string({ required: true, description: 'The key of the field.' }),
        wanted: t.arg.boolean({ defaultValue: true, description: 'False: there shall be none any more.' }),
      },
      resolve: async (_root, { key: which, wanted }, context) => {
        await requestFieldIndex(context, which, wanted ?? true)
        return byKeyIn(context, which)
      },
    }),
  }))
  return update
}

const byKeyIn = async (context: Context, key: string) => requireDefinition(await definitionsOf(context), key)

function addInputs(builder: Builder, { kind, openness }: DefinitionTypes) {
  const { input: text } = addTextTypes(builder)
  const { value } = addFieldInputs(builder)
  const auth = { write: 'fields.definitions' }
  const option = builder.inputType('FieldOptionInput', {
    description: 'What can be chosen.',
    auth,
    fields: (t) => ({
      value: t.string({ required: true, description: 'Its name for programs; what is kept.' }),
      labels: t.field({ type: [text], description: 'What it is called.' }),
      retired: t.boolean({ description: 'Nobody can choose it any more; who has it keeps it.' }),
    }),
  })
  const common = (t: InputFields) => ({
    help: t.field({ type: [text], description: 'What people are told who fill it.' }),
    group: t.string({ description: 'What it stands together with in a form.' }),
    position: t.int({ description: 'Where it stands in its group: the least comes first.' }),
    required: t.boolean({ description: whoMustGive }),
    unique: t.boolean({ description: 'No two contacts may have the same value.' }),
    min: t.string({ description: 'The least number, amount or time: `0`, `2020-01-01`.' }),
    max: t.string({ description: 'The greatest number, amount or time.' }),
    maxLength: t.int({ description: 'How many characters text may have.' }),
    pattern: t.string({ description: 'A regular expression (RE2) that the whole text has to match: `C-[0-9]{6}`.' }),
    options: t.field({ type: [option], description: 'Of choices: all of them, in their order.' }),
    default: t.field({ type: value, description: 'What new contacts have, unless said otherwise.' }),
    sensitive: t.boolean({
      description:
        'Seal it under the key of the contact, such as special categories (Art. 9 GDPR). Reading is logged; nobody can filter or sort by it.',
    }),
    partners: t.field({
      type: openness,
      description: 'What partners’ programs may do, if their scopes allow it, too; nothing, unless said otherwise.',
    }),
    contact: t.field({
      type: openness,
      description: 'What the contact may do, on pages for them; nothing, unless said otherwise.',
    }),
  })
  const classes = {
    category: 'Category of personal data (Art. 30(1)(c) GDPR): `health`.',
    purpose: 'The key of the purpose that it is kept for (Art. 5(1)(b) GDPR).',
    retentionClass: 'The key of the class that says how long it is kept (Art. 5(1)(e) GDPR).',
  }
  const define = builder.inputType('DefineFieldInput', {
    description: 'A custom field to be. Its classification is not optional: category, purpose and retention class.',
    auth,
    fields: (t) => ({
      key: t.string({
        required: true,
        description: 'Its name for programs, for good: 1 to 40 small letters, digits and underscores.',
      }),
      kind: t.field({ type: kind, required: true, description: 'What its values are.' }),
      labels: t.field({ type: [text], required: true, description: 'What it is called.' }),
      category: t.string({ required: true, description: classes.category }),
      purpose: t.string({ required: true, description: classes.purpose }),
      retentionClass: t.string({ required: true, description: classes.retentionClass }),
      ...common(t),
    }),
  })
  const update = builder.inputType('UpdateFieldInput', {
    description: 'What to change about a custom field.',
    auth,
    fields: (t) => ({
      key: t.string({ required: true, description: 'The key of the field.', auth, authByValue: byKey('read') }),
      kind: t.field({
        type: kind,
        description: 'What its values are: those that there are, are taken over as they would be written.',
      }),
      labels: t.field({ type: [text], description: 'What it is called.' }),
      category: t.string({ description: classes.category }),
      purpose: t.string({ description: classes.purpose }),
      retentionClass: t.string({ description: classes.retentionClass }),
      ...common(t),
    }),
  })
  return { define, update }
}
