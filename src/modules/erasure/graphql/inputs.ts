import type { Builder, InputFields } from '../../../graphql/builder.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { addContactFilter } from '../../contacts/list/filter-inputs.ts'
import { categoriesOf, type Module } from '../../module.ts'
import type { Wish } from '../request.ts'
import type { ErasureTypes } from './types.ts'

const auth = { write: 'erasure.erasures' }

/** The input types of erasures. */
export function addErasureInputs(builder: Builder, { ground, fate }: ErasureTypes) {
  const related = builder.inputType('RelatedDecisionInput', {
    description: 'What becomes of one kind of related records without personal data.',
    auth,
    fields: (t) => ({
      kind: t.string({
        required: true,
        description: '`document`, or one type of them, `document/invoice`; `appointment`.',
      }),
      fate: t.field({ type: fate, required: true, description: 'What.' }),
    }),
  })
  const wish = (t: InputFields) => ({
    ground: t.field({ type: ground, required: true, description: 'Why.' }),
    categories: t.stringList({
      description: 'Only these categories of data, as the report on a person calls them. Without: the whole contact.',
    }),
    related: t.field({
      type: [related],
      description:
        'What becomes of related records without personal data, of each kind once. Default: as their type says.',
    }),
    fingerprints: t.boolean({
      description:
        'Whether keyed fingerprints of the e-mail addresses and phone numbers stay, so that nobody enters the person again. Only after an ' +
        'objection, which is also the default then.',
    }),
    executeWhenApproved: t.boolean({
      auth: { write: 'erasure.execute' },
      description: 'Whether it is executed as soon as it is approved, without `executeErasure`.',
    }),
  })
  const one = builder.inputType('RequestErasureInput', {
    description: 'Whom to erase, and why.',
    auth,
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact.' }),
      requestId: t.id({ description: 'The request of the person that it fulfils.' }),
      ...wish(t),
    }),
  })
  const filter = addContactFilter(builder)
  const chosen = (t: InputFields) => ({
    filter: t.field({ type: filter, description: 'Which contacts, as of `contacts`.' }),
    search: t.string({ description: 'Which contacts, as of `contacts`.' }),
  })
  const set = builder.inputType('RequestErasureOfSetInput', {
    description: 'Whom to erase, and why: all that the list of contacts shows with this filter at this moment.',
    auth,
    fields: (t) => ({ ...chosen(t), ...wish(t) }),
  })
  const preview = builder.inputType('PreviewErasureInput', {
    description: 'Whom to erase, and why: one contact, or those of a filter.',
    auth: { read: 'erasure.erasures' },
    fields: (t) => {
      const { executeWhenApproved: _, ...asked } = wish(t)
      return { contactId: t.id({ description: 'The contact.' }), ...chosen(t), ...asked }
    },
  })
  return { one, set, preview }
}

type Given = {
  ground: Wish['ground']
  categories?: readonly string[] | null | undefined
  related?: readonly { kind: string; fate: 'keep' | 'erase' }[] | null | undefined
  fingerprints?: boolean | null | undefined
  executeWhenApproved?: boolean | null | undefined
}

const relatedKind = /^(document(\/[\w.-]{1,100})?|appointment)$/

/** What was given, checked. Throws INVALID_INPUT. */
export function wishOf(modules: readonly Module[], given: Given): Wish {
  const known = categoriesOf(modules)
  const categories = given.categories ? [...new Set(given.categories)] : null
  const related = given.related ?? []
  const faults = [
    ...(categories?.length === 0
      ? [{ field: 'input.categories', message: 'Name at least one, or leave it out.' }]
      : []),
    ...(categories ?? [])
      .filter((category) => !known.includes(category))
      .map(() => ({
        field: 'input.categories',
        message: `There is no such category. There are: ${known.join(', ')}.`,
      })),
    ...related.flatMap(({ kind }, index) =>
      relatedKind.test(kind) && related.findIndex((other) => other.kind === kind) === index
        ? []
        : [
            {
              field: `input.related.${index}.kind`,
              message: 'Must be document, document/TYPE or appointment, each once.',
            },
          ],
    ),
  ]
  if (faults.length > 0) throw invalidInput(faults)
  return {
    ...{ ground: given.ground, categories, fingerprints: given.fingerprints },
    related: Object.fromEntries(related.map(({ kind, fate }) => [kind, fate])),
    automatic: given.executeWhenApproved ?? false,
  }
}
