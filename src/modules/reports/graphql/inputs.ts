import type { Builder } from '../../../graphql/builder.ts'
import { invalidInput, LetheError } from '../../../graphql/errors.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'
import { addContactFilter } from '../../contacts/list/filter-inputs.ts'
import { addSortDirection } from '../../fields/inputs.ts'
import { reportsRight } from '../rights.ts'
import type { ReportReference } from '../running/open.ts'

const auth = { read: reportsRight }

/** The inputs by which reports are named and made. */
export type ReportInputs = ReturnType<typeof addReportInputs>

export function addReportInputs(builder: Builder) {
  const order = builder.inputType('ReportOrder', {
    description: 'A column to sort by.',
    auth,
    fields: (t) => ({
      column: t.string({ required: true, description: 'Its key.' }),
      direction: t.field({ type: addSortDirection(builder), required: true, description: 'Which way.' }),
    }),
  })
  const definition = builder.inputType('ReportDefinitionInput', {
    description: 'What a report shows.',
    auth,
    fields: (t) => ({
      source: t.string({ required: true, description: 'The key of what it is about: see `reportSources`.' }),
      columns: t.stringList({ description: 'Keys of columns, in order; without: the usual ones.' }),
      filter: t.field({
        type: addContactFilter(builder),
        description:
          'Which contacts, as `contacts` takes it. A report that is saved holds nobody’s name, address or other contact point, nor text of custom ' +
          'fields: conditions on these can be tried, or given when it is run, and not saved.',
      }),
      groupBy: t.stringList({
        description: 'Keys of columns whose values `reportGroups` counts by; of days and moments: `validUntil:month`.',
      }),
      orderBy: t.field({ type: [order], description: 'In which order; without: as the source has it.' }),
      parameters: t.field({ type: 'JSON', description: 'Values of parameters by their keys: `{ "days": 7 }`.' }),
    }),
  })
  const reference = builder.inputType('ReportReference', {
    description: 'Which report: one of these.',
    auth,
    isOneOf: true,
    fields: (t) => ({
      key: t.string({ description: 'A ready-made one, by its key.' }),
      id: t.id({ description: 'A saved one, by its `id`.' }),
      definition: t.field({ type: definition, description: 'One that is only tried.' }),
    }),
  })
  const filter = {
    type: addContactFilter(builder),
    description:
      'Which of its contacts, beyond what the report says: for this once, and not saved, so it may name somebody. Only for reports that take a ' +
      'filter on contacts.',
  } as const
  return { definition, reference, filter }
}

/** As a caller names a report. */
export type Given = {
  key?: string | null | undefined
  id?: string | null | undefined
  definition?: object | null | undefined
}

/** The report that a caller names, and which of its contacts they want this once. */
export function referenceOf({ key, id, definition }: Given, filter?: object | null | undefined): ReportReference {
  const narrowed = filter ? { filter } : {}
  if (typeof key === 'string') return { key, ...narrowed }
  if (typeof id === 'string') return { id: uuidOrNobody(id), ...narrowed }
  if (definition) return { definition: said(definition), ...narrowed }
  throw new LetheError('INVALID_INPUT', 'Name one report.')
}

/** An input without what is null, which counts as not said. */
export const said = (input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined))

/** Values of parameters. Throws INVALID_INPUT for JSON that is no object. */
export function parametersOf(given: unknown): Readonly<Record<string, unknown>> {
  if (given === null || given === undefined) return {}
  if (typeof given === 'object' && !Array.isArray(given)) return { ...given }
  throw invalidInput([{ field: 'parameters', message: 'Give an object: `{ "days": 7 }`.' }])
}
