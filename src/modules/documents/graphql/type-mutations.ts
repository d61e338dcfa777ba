import type { Builder, InputFields } from '../../../graphql/builder.ts'
import { addTextTypes } from '../../lawfulness/texts.ts'
import { createType, updateType } from '../document-types.ts'
import type { DocumentTypes } from './types.ts'

/** How administrators define the kinds of documents. */
export function addTypeMutations(builder: Builder, { type, personal, onErasure }: DocumentTypes): void {
  const auth = { write: 'documents.types' }
  const { input: text } = addTextTypes(builder)
  const shared = (t: InputFields) => ({
    personal: t.field({
      type: personal,
      description: 'What such documents hold, unless somebody says otherwise of one. At first: `LINKED`.',
    }),
    mediaTypes: t.stringList({ description: 'The media types that are taken; empty: all that the product takes.' }),
    retentionClass: t.string({
      description: 'The key of the class that says how long they are kept, from when they came; null: no law says it.',
    }),
    onErasure: t.field({ type: onErasure, description: 'At first: `ERASE`.' }),
  })
  const creation = builder.inputType('CreateDocumentTypeInput', {
    description: 'A kind of documents.',
    auth,
    fields: (t) => ({
      key: t.string({ required: true, description: 'Names it for programs, for good: `delivery-note`.' }),
      names: t.field({ type: [text], required: true, description: 'What people call it, one a language.' }),
      ...shared(t),
    }),
  })
  const change = builder.inputType('UpdateDocumentTypeInput', {
    description: 'What becomes of a kind of documents. What is left out stays.',
    auth,
    fields: (t) => ({
      key: t.string({ required: true, description: 'Which.' }),
      version: t.int({ required: true, description: 'The `version` that you read: `CONFLICT` if it changed since.' }),
      names: t.field({ type: [text], description: 'What people call it, one a language.' }),
      ...shared(t),
      retired: t.boolean({ description: 'True: no document is given it any more.' }),
    }),
  })
  builder.mutationFields((t) => ({
    createDocumentType: t.field({
      type,
      nullable: true,
      auth,
      description: 'Makes a kind of documents. `INVALID_INPUT`.',
      args: { input: t.arg({ type: creation, required: true, description: 'The kind.' }) },
      resolve: (_root, { input }, context) => createType(context, withoutNull(input)),
    }),
    updateDocumentType: t.field({
      type,
      nullable: true,
      auth,
      description: 'Changes a kind of documents; what was stored stays. `NOT_FOUND`, `CONFLICT`, `INVALID_INPUT`.',
      args: { input: t.arg({ type: change, required: true, description: 'What becomes of it.' }) },
      resolve: (_root, { input }, context) => updateType(context, withoutNull(input)),
    }),
  }))
}

type Shared = {
  names?: { language: string; text: string }[] | null | undefined
  personal?: 'none' | 'linked' | 'others' | null | undefined
  mediaTypes?: string[] | null | undefined
  onErasure?: 'erase' | 'keep' | null | undefined
  retired?: boolean | null | undefined
}

/** Null says something of the retention class alone; elsewhere it is as if nothing was said. */
const withoutNull = <Input extends Shared>(input: Input) => ({
  ...input,
  names: input.names ?? undefined,
  personal: input.personal ?? undefined,
  mediaTypes: input.mediaTypes ?? undefined,
  onErasure: input.onErasure ?? undefined,
  retired: input.retired ?? undefined,
})
