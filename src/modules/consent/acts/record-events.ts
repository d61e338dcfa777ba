import { v7 as uuidv7 } from 'uuid'
import type { Notice, Purpose } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { LetheError } from '../../../graphql/errors.ts'
import type { NewEvent } from '../../lawfulness/basis/append.ts'
import type { Evidence } from '../../lawfulness/basis/evidence.ts'
import { refuseFlawed } from '../../lawfulness/basis/judge.ts'
import { readEvents, readPurposes } from '../../lawfulness/basis/project.ts'
import type { Stage } from '../../lawfulness/basis/stage.ts'
import { addDuration } from '../../lawfulness/duration.ts'
import { holdsAt } from '../../lawfulness/law/decide.ts'
import { timelineOf } from '../../lawfulness/law/timeline.ts'
import type { Purposes } from '../../lawfulness/law/types.ts'

/**
 * All that decides over a contact's consents; of a contact that is yet to be made, nothing is there.
 *
 * @param register All purposes, where somebody read them already.
 */
export async function stageOf(tx: Transaction, contactId: string | undefined, register?: Purposes): Promise<Stage> {
  const purposes = register ?? (await readPurposes(tx))
  if (!contactId) return { tx, contact: { id: uuidv7(), birthDate: null }, events: [], purposes }
  const contact = await tx.contact.findUniqueOrThrow({ where: { id: contactId } })
  const events = (await readEvents(tx, [contactId])).get(contactId) ?? []
  return { tx, contact, events, purposes }
}

/** Whether consent for a purpose holds now. */
export const isHeld = ({ events, purposes }: Pick<Stage, 'events' | 'purposes'>, purpose: string, at: Date): boolean =>
  timelineOf(events, purposes, purpose).stretches.some((one) => one.ground === 'consent' && holdsAt(one, at))

type About = { contactId: string; purpose: Purpose; notice: Notice | null; at: Date; source: string }

/** A consent to be: it holds for as long as its purpose says. */
export const consentEvent = (
  kind: 'given' | 'confirmed',
  { contactId, purpose, notice, at, source }: About,
  rest: { basisId?: string; evidence?: Evidence } = {},
): NewEvent & { id: string } => ({
  ...{
    contactId,
    id: uuidv7(),
    kind,
    purposeKey: purpose.key,
    ground: 'consent',
    occurredAt: at,
    validFrom: at,
    source,
  },
  ...rest,
  validUntil: purpose.defaultValidity === null ? null : addDuration(at, purpose.defaultValidity),
  // It was asked for by itself, with the text that says so, and answered by itself: Art. 9(2)(a) GDPR.
  specialGround: purpose.specialCategories ? 'explicit_consent' : null,
  noticeId: notice?.id ?? null,
})

/** Consent that was asked for. */
export const requestEvent = (
  { contactId, purpose, notice, at, source }: About,
  confirmUntil: Date,
): NewEvent & { id: string } => ({
  ...{ contactId, id: uuidv7(), kind: 'requested', purposeKey: purpose.key, ground: 'consent', occurredAt: at, source },
  ...{ confirmUntil, noticeId: notice?.id ?? null },
  specialGround: purpose.specialCategories ? 'explicit_consent' : null,
})

/** Whether the law has nothing against events, the last of which gives consent. */
export function isSound(stage: Stage, before: readonly NewEvent[], event: NewEvent): boolean {
  const assumed = before.map((one) => ({ ...bare, ...one, id: one.id ?? '', recordedAt: new Date() }))
  try {
    refuseFlawed({ ...stage, events: [...stage.events, ...assumed] }, event)
    return true
  } catch (error) {
    if (error instanceof LetheError && error.code === 'INVALID_INPUT') return false
    throw error
  }
}

const bare = {
  ...{
    ground: null,
    validFrom: null,
    validUntil: null,
    confirmUntil: null,
    basisId: null,
    specialGround: null,
    importId: null,
  },
  ...{ byGuardian: false, despiteObjection: false },
}

/** Where an address is, as far as evidence needs it: of IPv4 the first three bytes, of IPv6 the /48. */
export function shortened(network: string): string {
  if (network.includes(':')) return `${network.split(':').slice(0, 3).join(':')}::/48`
  return /^\d+\.\d+\.\d+\.\d+$/.test(network) ? `${network.split('.').slice(0, 3).join('.')}.0/24` : ''
}

/** Work as another actor's: whoever asked, in the log of what they asked. */
export const as = (work: WorkContext, actor: WorkContext['actor']): WorkContext => ({ ...work, actor })
