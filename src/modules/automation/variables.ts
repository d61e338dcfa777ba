import type { GraphQLSchema } from 'graphql'
import type { AuditEntry } from '#prisma/client.ts'
import type { JsonObject } from '../../database/json.ts'
import type { Context } from '../../graphql/context.ts'
import { openEntry } from '../audit/opening.ts'
import { sightOf } from '../audit/sight.ts'
import type { FieldChanges } from '../audit/values.ts'
import { isSealed } from '../fields/values.ts'
import { toCel } from './cel/values.ts'
import type { FactDeclaration, FactWork } from './contract.ts'
import type { CompiledRule } from './definition.ts'
import type { AllOffers } from './offers.ts'

/** An entry of the log, as events go by it. */
export type EventEntry = Pick<
  AuditEntry,
  'id' | 'contactId' | 'recordedAt' | 'actorKind' | 'operation' | 'entity' | 'action'
> & { values: Uint8Array | null }

/** What an event's entry tells: everything, whoever may read it. */
export async function changesOf(context: Context, entry: EventEntry): Promise<FieldChanges> {
  const key = (await context.keys.find([entry.contactId])).get(entry.contactId)
  return key === 'destroyed' ? {} : openEntry(context, key, entry)
}

/**
 * The variable `event`, with those fields alone that the context's rights cover. Undefined where they cover nothing of it, nor
 * that what was made or removed exists: as in the log, nothing tells that it happened. What is sealed within the entry stays so:
 * it is left out.
 */
export function eventVariable(
  { schema, offers, context }: { schema: GraphQLSchema; offers: AllOffers; context: Context },
  { name, entry, changes }: { name: string; entry: EventEntry; changes: FieldChanges },
): Record<string, unknown> | undefined {
  const sight = sightOf(schema, context)
  const readable = Object.entries(changes).filter(([field]) => sight.lacks(entry.entity, field) === undefined)
  const exists = entry.action !== 'updated' && sight.lacks(entry.entity, 'id') === undefined
  if (readable.length === 0 && !exists) return undefined
  const sideOf = (side: 'old' | 'new'): JsonObject =>
    Object.fromEntries(
      readable.flatMap(([field, { [side]: value }]) =>
        value === undefined || isSealed(value) ? [] : [[field, value] as const],
      ),
    )
  const values = sideOf('new')
  const declared = offers.events.get(name)?.data ?? {}
  const types = Object.fromEntries(
    Object.entries(declared).filter(([field]) => sight.lacks(entry.entity, field) === undefined),
  )
  return {
    name,
    at: entry.recordedAt,
    actor: entry.actorKind,
    operation: entry.operation,
    changed: readable.map(([field]) => field),
    old: sideOf('old'),
    new: values,
    data: toCel(values, types),
  }
}

/** The facts that a rule's expressions name, with those fields alone that the context's rights cover. */
export async function factVariables(
  { facts }: AllOffers,
  rule: CompiledRule,
  work: FactWork,
): Promise<Record<string, unknown>> {
  const named = new Set(expressionsOf(rule).flatMap(({ names }) => names))
  const variables: Record<string, unknown> = {}
  for (const [name, fact] of facts) if (named.has(name)) variables[name] = await readFact(fact, work)
  return variables
}

async function readFact({ fields, read }: FactDeclaration, work: FactWork) {
  const values = await read(work)
  if (fields === 'dynamic') return values
  const readable = Object.entries(fields).filter(([, { right }]) => work.context.rights.canRead(right))
  return toCel(values, Object.fromEntries(readable.map(([name, { type }]) => [name, type])))
}

const expressionsOf = ({ when, steps }: CompiledRule) => [
  ...(when ? [when] : []),
  ...steps.flatMap(({ given }) => [...given.values()].map(({ expression }) => expression)),
]
