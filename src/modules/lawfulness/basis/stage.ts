import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { seenAmong, unknownPurpose } from '../../contacts/sight.ts'
import type { LawPurpose, Purposes } from '../law/types.ts'
import type { Evidence } from './evidence.ts'
import { type KnownEvent, readEvents, readPurposes } from './project.ts'

/** A contact whose legal grounds are about to change, with all that decides over them. */
export type Stage = {
  tx: Transaction
  contact: { id: string; birthDate: Date | null }
  events: readonly KnownEvent[]
  purposes: Purposes
}

/**
 * Runs a change of a contact's legal grounds. It settles when the log can prove it. Throws NOT_FOUND, as for an absent
 * contact, where the caller doesn't see it; INVALID_INPUT for one that was merged into another.
 */
export async function onContact<T>(
  context: WorkContext,
  operation: string,
  contactId: string,
  run: (stage: Stage) => Promise<T>,
): Promise<T> {
  return transact(
    context,
    operation,
    async (tx) => {
      const [seen] = await seenAmong(tx, context, [contactId.toLowerCase()])
      const contact = seen && (await tx.contact.findUnique({ where: { id: seen } }))
      if (!contact) throw notFound('Contact')
      if (contact.mergedIntoId) {
        const message = 'This contact was merged into another one: record it there.'
        throw invalidInput([{ field: 'contactId', message }])
      }
      const [purposes, events] = [await readPurposes(tx), await readEvents(tx, [contact.id])]
      return run({ tx, contact, events: events.get(contact.id) ?? [], purposes })
    },
    { integrated: true },
  )
}

/** What may be said of any event about a ground. */
export type Statement = {
  source?: string | null | undefined
  evidence?: { kind: Evidence['kind']; text: string } | null | undefined
}

/** A statement, checked. Adds what is wrong to the faults. */
export function checkStatement(
  { source, evidence }: Statement,
  faults: Fault[],
): { source: string; evidence?: Evidence } {
  const text = evidence && checkText(evidence.text, 'evidence.text', { max: 20_000, multiline: true }, faults)
  if (evidence && !text?.trim()) {
    faults.push({ field: 'evidence.text', message: 'Say what proves it: the words, or which document.' })
  }
  return {
    source: checkText(source, 'source', { max: 500 }, faults),
    ...(evidence && { evidence: { kind: evidence.kind, text: text ?? '' } }),
  }
}

/** When something happened: now, unless it is said. Adds a fault for what has not happened yet. */
export function checkMoment(given: Date | null | undefined, field: string, faults: Fault[]): Date {
  const now = new Date()
  if (!given) return now
  if (given > now) faults.push({ field, message: 'This is about what has happened: it can’t be in the future.' })
  return given
}

/** The purpose that a caller names. Throws INVALID_INPUT if there is none. */
export function purposeNamed(purposes: Purposes, key: string): LawPurpose {
  const purpose = purposes.get(key)
  if (!purpose) throw unknownPurpose('purpose')
  return purpose
}
