import { v7 as uuidv7 } from 'uuid'
import { Prisma } from '#prisma/client.ts'
import { type Transaction, transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../graphql/errors.ts'
import { unlessTaken } from '../unless-taken.ts'
import type { Definition } from './definition.ts'
import { type Definitions, forgetDefinitions, holdDefinitions } from './definitions.ts'
import { checkDefinition, type FieldChanges, type Said, unsaid } from './draft.ts'
import type { FieldKind } from './kinds.ts'

/** How many fields there can be, retired ones included. */
export const mostFields = 500

/** Makes a custom field, which everybody who holds its right can use from then on. Throws INVALID_INPUT with every fault. */
export async function defineField(
  context: WorkContext,
  { key, kind, ...said }: FieldChanges & { key: string; kind: FieldKind },
): Promise<void> {
  const faults: Fault[] = []
  const next = checkDefinition({ ...unsaid, key, kind, labels: {} }, { labels: [], ...said }, faults)
  await unlessTaken({ field: 'key', message: 'Another field has this key, or had it.' }, () =>
    changeDefinitions(context, 'defineField', async (tx, { all, get }) => {
      if (get(key)) faults.push({ field: 'key', message: 'Another field has this key, or had it.' })
      if (all.length >= mostFields) faults.push({ field: 'key', message: `There can be ${mostFields} fields.` })
      await refuseUnknownClasses(tx, next, faults)
      await tx.fieldDefinition.create({ data: { id: uuidv7(), ...columnsOf(next) } })
    }),
  )
}

/** Changes definitions in one transaction, in which nobody writes values. Everybody who asks afterwards knows of it. */
export async function changeDefinitions<T>(
  context: WorkContext,
  operation: string,
  change: (tx: Transaction, definitions: Definitions) => Promise<T>,
): Promise<T> {
  const result = await transact(context, operation, async (tx) => change(tx, await holdDefinitions(tx)))
  forgetDefinitions(context.database)
  return result
}

/** The field with this key. Throws NOT_FOUND. */
export function requireDefinition(definitions: Definitions, key: string): Definition {
  const found = definitions.get(key)
  if (!found) throw notFound('FieldDefinition')
  return found
}

type Row = { retiredAt: Date | null } | null
type Register = {
  purpose: { findUnique: (args: { where: { key: string } }) => PromiseLike<Row> }
  retentionClass: { findUnique: (args: { where: { key: string } }) => PromiseLike<Row> }
}

/** Throws INVALID_INPUT with all faults, those included that its purpose or retention class isn't there, or is retired. */
export async function refuseUnknownClasses(
  tx: Register,
  { purpose, retentionClass }: Said,
  faults: Fault[],
): Promise<void> {
  const [found, period] = [
    await tx.purpose.findUnique({ where: { key: purpose } }),
    await tx.retentionClass.findUnique({ where: { key: retentionClass } }),
  ]
  if (purpose && (!found || found.retiredAt))
    faults.push({ field: 'purpose', message: 'There is no such purpose in use.' })
  if (retentionClass && (!period || period.retiredAt)) {
    faults.push({ field: 'retentionClass', message: 'There is no such retention class in use.' })
  }
  if (faults.length > 0) throw invalidInput(faults)
}

/** A definition as it is kept. */
export const columnsOf = ({ labels, help, options, default: given, ...said }: Said) => ({
  ...said,
  labels: asJson(labels),
  help: asJson(help),
  options: asJson(options),
  default: given === null ? Prisma.DbNull : asJson(given),
})

const asJson = (value: unknown): Prisma.InputJsonValue => JSON.parse(JSON.stringify(value))
