import { z } from 'zod'
import type { LawfulBasisEvent, Notice, Purpose, RetentionClass } from '#prisma/client.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { openText } from '../../lawfulness/basis/evidence.ts'
import { textsIn } from '../../lawfulness/texts.ts'
import type { ConsentState } from '../guard/answer.ts'

/** An event with what stands about it in the register. */
export type Recorded = LawfulBasisEvent & {
  notice: Notice | null
  purpose: Purpose & { retention: RetentionClass | null }
}

type WithNotice = LawfulBasisEvent & { notice: Notice | null }

type Partner = { id: string; name: string }

/** The fields of a record of DOMAIN's list: header, processing, parties, events, and ours. */
export function partsOf(
  context: WorkContext,
  event: Recorded,
  {
    others: all,
    partner,
    key,
  }: { others: readonly WithNotice[]; partner: Partner | null; key: ContactKey | undefined },
) {
  const { purpose } = event
  const others = all.filter(({ purposeKey }) => purposeKey === event.purposeKey)
  const request = others.find(({ id, kind }) => id === event.basisId && kind === 'requested')
  const notice = event.notice ?? request?.notice
  const optIn = doubleOptIn(key, event)
  const before = others.findLast(
    ({ id, kind, recordedAt }) => id !== event.id && decisive.has(kind) && recordedAt < event.recordedAt,
  )
  const uses = others.filter(({ kind, basisId }) => kind === 'used' && basisId === event.id)
  return {
    schemaVersion: 'lethe-consent-record-1',
    recordId: event.id,
    principalId: event.contactId,
    processing: {
      notice: notice
        ? { id: notice.id, version: notice.version, language: notice.language, sha256: notice.sha256 }
        : null,
      purpose: {
        key: purpose.key,
        names: textsIn(purpose.names),
        descriptions: textsIn(purpose.descriptions),
        parent: purpose.parentKey,
      },
      lawfulBasis: event.ground,
      specialGround: event.specialGround,
      dataCategories: purpose.dataCategories,
      controllers: [context.organisation?.controller ?? null].filter((name) => name !== null),
      storageLocations: context.organisation?.storageLocations ?? [],
      retention: purpose.retention && {
        class: purpose.retention.key,
        period: purpose.retention.period,
        start: purpose.retention.start,
      },
      jurisdiction: context.organisation?.jurisdiction ?? null,
      recipients: purpose.recipients,
      transfers: purpose.transfers,
      withdrawalMethod: `${context.publicUrl}/my`,
      privacyRights: [
        'access',
        'rectification',
        'erasure',
        'restriction',
        'portability',
        'objection',
        'withdrawal',
        'complaint',
      ],
    },
    parties: partiesOf(context, event, partner),
    events: [
      {
        time: event.occurredAt,
        validFrom: event.validFrom,
        validUntil: event.validUntil,
        entity: event.byGuardian ? 'holder of parental responsibility' : 'data subject',
        type: event.kind,
        state: stateOf(event),
      },
    ],
    channel: optIn ? { kind: 'email', point: optIn.address } : null,
    partner,
    source: event.source,
    page: optIn?.page ?? null,
    receivedAt: optIn?.requested.at ?? event.occurredAt,
    // PostgreSQL notes when the transaction began, some milliseconds before what it records.
    recordedAt: new Date(Math.max(event.recordedAt.getTime(), event.occurredAt.getTime())),
    doubleOptIn: optIn && { requestedAt: optIn.requested.at, confirmedAt: optIn.confirmed.at },
    evidence: event.evidenceKind,
    supersedes: before?.id ?? null,
    lastUsed: uses
      .map(({ occurredAt }) => occurredAt.getTime())
      .reduce((last: Date | null, at) => new Date(Math.max(last?.getTime() ?? 0, at)), null),
  }
}

const decisive = new Set(['given', 'confirmed', 'renewed', 'withdrawn', 'refused'])

function partiesOf({ organisation }: WorkContext, { contactId }: LawfulBasisEvent, partner: Partner | null) {
  const [name = null, ...address] = organisation?.controller?.split('\n') ?? []
  const controller = {
    id: null,
    name,
    address: address.join(', ') || null,
    contact: organisation?.dataProtectionOfficer ?? null,
  }
  return [
    { ...controller, role: 'controller' },
    { id: contactId, name: null, address: null, contact: null, role: 'data subject' },
    ...(partner ? [{ ...partner, address: null, contact: null, role: 'collecting partner' }] : []),
  ]
}

function stateOf({ kind }: LawfulBasisEvent): ConsentState {
  if (kind === 'requested') return 'pending_confirmation'
  if (kind === 'given' || kind === 'confirmed') return 'given'
  if (kind === 'refused' || kind === 'withdrawn' || kind === 'renewed') return kind
  return kind === 'lapsed' ? 'expired' : 'not_decided'
}

const optInShape = z.object({
  address: z.string(),
  page: z.string().nullable(),
  requested: z.object({ at: z.string() }),
  confirmed: z.object({ at: z.string() }),
})

/** What the evidence of a double opt-in says; of other evidence a record tells the kind alone. */
function doubleOptIn(key: ContactKey | undefined, { contactId, id, evidence, evidenceKind }: LawfulBasisEvent) {
  if (!key || !evidence || evidenceKind !== 'double_opt_in') return null
  const found = optInShape.safeParse(jsonOr(openText(key, { contactId, id }, evidence)))
  return found.success ? found.data : null
}

/** Staff may have written down a double opt-in in words of their own. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
