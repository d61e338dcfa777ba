import { transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { seenAmong } from '../../contacts/sight.ts'
import { decide } from '../law/decide.ts'
import { readRestrictions } from '../law/restriction.ts'
import { rules } from '../law/rules.ts'
import { registerAt, withVersions } from '../register/versions.ts'
import { appendEvents, type NewEvent } from './append.ts'
import { byKey, readEvents } from './project.ts'
import { checkMoment, checkStatement, purposeNamed, type Statement } from './stage.ts'

const most = 1000

/**
 * Records that contacts were processed for a purpose, as § 7a UWG wants of consents to advertising: all of them, or none.
 * Returns how many. Throws INVALID_INPUT for each contact that may not have been at that time.
 */
export async function recordUse(
  context: WorkContext,
  draft: Statement & { purpose: string; contactIds: readonly string[]; at?: Date | null | undefined },
): Promise<number> {
  const ids = [...new Set(draft.contactIds.map((id) => id.toLowerCase()))]
  if (ids.length === 0 || ids.length > most) {
    throw invalidInput([{ field: 'contactIds', message: `Name between 1 and ${most} contacts.` }])
  }
  return transact(
    context,
    'recordUse',
    async (tx) => {
      const seen = await seenAmong(tx, context, ids)
      const contacts = await tx.contact.findMany({
        where: { id: { in: [...seen] } },
        select: { id: true, birthDate: true },
      })
      if (contacts.length < ids.length) throw notFound('Contact')
      const faults: Fault[] = []
      const at = checkMoment(draft.at, 'at', faults)
      const register = await tx.purpose.findMany({ include: withVersions })
      const [purposes, events] = [draft.at ? registerAt(register, at) : byKey(register), await readEvents(tx, ids)]
      const restricted = await readRestrictions(tx, context, ids)
      purposeNamed(purposes, draft.purpose)
      const statement = checkStatement(draft, faults)
      const births = new Map(contacts.map(({ id, birthDate }) => [id, birthDate]))
      const uses = ids.flatMap((contactId, index): NewEvent[] => {
        const restrictions = restricted.get(contactId) ?? []
        const question = { purpose: draft.purpose, at, birthDate: births.get(contactId) ?? null, restrictions }
        const { allowed, reasons } = decide(events.get(contactId) ?? [], purposes, question)
        const basis = allowed ? reasons[0]?.events[0] : undefined
        if (basis) {
          const { id: basisId, ground } = basis
          return [{ ...statement, contactId, kind: 'used', purposeKey: draft.purpose, ground, occurredAt: at, basisId }]
        }
        const rule = reasons[0]?.rule ?? 'no_basis'
        faults.push({ field: `contactIds.${index}`, message: rules[rule].en, rule })
        return []
      })
      if (faults.length > 0) throw invalidInput(faults)
      await appendEvents(tx, context, uses, purposes)
      return uses.length
    },
    { integrated: true },
  )
}
