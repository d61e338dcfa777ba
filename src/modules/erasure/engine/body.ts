import { z } from 'zod'
import type { JsonObject } from '../../../database/json.ts'
import { type ErasureDecision, erasureGrounds } from '../../module.ts'
import type { RetainedFact } from '../../retention/kept/record.ts'
import type { ErasureFacts } from '../register.ts'

/** What the ledger says of an erasure: all that is needed to do it again, and no personal data. */
export type ErasedBody = {
  erasureId: string
  /** All that are erased, those that had been merged included. */
  contactIds: readonly string[]
  decision: ErasureDecision
  facts: ErasureFacts
  retained: readonly RetainedFact[]
}

/** As it is written. */
export const writeBody = (body: ErasedBody): JsonObject => JSON.parse(JSON.stringify(body))

/** What an entry says. Throws where it says something else: a newer version of the product wrote it. */
export const readBody = (body: JsonObject): ErasedBody => shape.parse(body)

const nullableText = z.string().nullable()

const shape = z.object({
  erasureId: z.uuid(),
  contactIds: z.array(z.uuid()),
  decision: z.object({
    erasureId: z.uuid(),
    ground: z.enum(erasureGrounds),
    categories: z.array(z.string()).nullable(),
    related: z.record(z.string(), z.enum(['keep', 'erase'])),
    fingerprints: z.boolean(),
    at: z.coerce.date(),
  }),
  facts: z.object({
    set: z.object({ id: z.uuid(), contacts: z.number() }).nullable(),
    requestId: nullableText,
    requester: z.object({ kind: z.string(), id: nullableText }),
    requestedAt: z.string(),
    approverIds: z.array(z.string()),
    approvedAt: nullableText,
    toldAt: nullableText,
    toldHow: nullableText,
  }),
  retained: z.array(
    z.object({
      ...{ id: z.uuid(), contactId: z.uuid(), row: z.string(), model: z.string(), kind: z.string() },
      ...{ key: z.string(), citation: z.string(), until: z.string(), files: z.number() },
    }),
  ),
})
