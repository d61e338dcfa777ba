import type { Builder } from '../../graphql/builder.ts'
import { findContact } from '../contacts/sight.ts'
import { type FieldChangePreview, previewFieldChange } from './change.ts'
import type { DefinitionTypes } from './definition-types.ts'
import { definitionsOf } from './definitions.ts'
import type { addFieldMutations } from './mutations.ts'

const auth = { read: 'fields.definitions' }

/** `fieldDefinitions` and `previewFieldChange`. */
export function addFieldQueries(
  builder: Builder,
  { definition }: DefinitionTypes,
  update: ReturnType<typeof addFieldMutations>,
): void {
  const example = builder.objectRef<FieldChangePreview['examples'][number]>('UnfittingValue').implement({
    description: 'A contact whose value would not fit any more.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'The contact.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      message: t.exposeString('message', { nullable: false, description: 'Why it would not fit.' }),
    }),
  })
  const preview = builder.objectRef<FieldChangePreview>('FieldChangePreview').implement({
    description: 'What a change of a custom field would come to.',
    auth,
    about: 'all contacts',
    fields: (t) => ({
      values: t.exposeInt('values', { nullable: false, description: 'How many contacts have a value.' }),
      unfitting: t.exposeInt('unfitting', {
        nullable: false,
        description: 'How many of these would not fit any more.',
      }),
      missing: t.exposeInt('missing', {
        nullable: false,
        description: 'How many contacts have no value, though it would be required.',
      }),
      examples: t.field({
        type: [example],
        nullable: false,
        description: 'The first 20 that would not fit.',
        resolve: ({ examples }) => examples,
      }),
    }),
  })
  builder.queryFields((t) => ({
    fieldDefinitions: t.field({
      type: [definition],
      nullable: true,
      auth,
      description: 'The custom fields of contacts, in the order of forms.',
      args: { retired: t.arg.boolean({ defaultValue: false, description: 'Those, too, that take no new values.' }) },
      resolve: async (_root, { retired }, context) => {
        const { all } = await definitionsOf(context)
        return all.filter(({ retiredAt }) => retired || !retiredAt)
      },
    }),
    previewFieldChange: t.field({
      type: preview,
      nullable: true,
      auth,
      description: 'What `updateField` would find with this input. It takes the right to read the values.',
      args: { input: t.arg({ type: update, required: true, description: 'What is absent stays as it is.' }) },
      resolve: (_root, { input: { key, ...changes } }, context) => previewFieldChange(context, key, changes),
    }),
  }))
}
