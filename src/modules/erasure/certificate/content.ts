import { CompactSign } from 'jose'
import type { Erasure } from '#prisma/client.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { recordSigner } from '../../consent/record/keys.ts'
import type { ErasureOutcome } from '../../module.ts'
import { relatedOf } from '../decision.ts'
import { outcomeOf, type RetainedCount, retainedOf } from '../register.ts'

/** Of more contacts than these, only how many there were. */
const mostNamed = 1000

/** What proves an erasure to whoever it is shown to. No personal data: ids are random, and lead to nobody any more. */
export type Certificate = {
  schema: 'lethe-erasure-certificate-1'
  erasureId: string
  /** Executed; or called off, or refused, when a part of a set was erased already. */
  state: 'executed' | 'cancelled' | 'refused'
  issuedAt: string
  controller: string | null
  ground: string
  /** Null: the whole contact, and the key under which everything of it was sealed. */
  categories: readonly string[] | null
  related: Readonly<Record<string, 'keep' | 'erase'>>
  /** How many were erased. */
  contacts: number
  /** The former ids of the contacts; empty if there were more than a thousand, or if they stay. */
  contactIds: readonly string[]
  requestedAt: string
  approvedAt: string | null
  /** How many people approved it besides whoever asked for it. */
  approvals: number
  executedAt: string
  outcome: ErasureOutcome
  retained: readonly RetainedCount[]
  /** Its entries in the ledger, with the SHA-256 of each. */
  ledger: readonly { sequence: number; hash: string }[]
  replays: number
  replayedAt: string | null
  /** The newest checkpoint of the audit log, whose tree tells of it (C2SP tlog-checkpoint). */
  auditCheckpoint: string | null
}

/** Makes out the certificate of an erasure that was executed. */
export async function certificateOf(
  { database, organisation }: Pick<WorkContext, 'database' | 'organisation'>,
  erasure: Erasure,
): Promise<Certificate> {
  const batches = await database.erasure.findMany({
    where: { OR: [{ id: erasure.id }, { setId: erasure.id }], state: 'executed', kind: { not: 'set' } },
    orderBy: { ledgerSequence: 'asc' },
    select: { id: true, contacts: true, ledgerSequence: true, ledgerHash: true, replays: true },
  })
  const gone = await database.erasedContact.findMany({
    where: { erasureId: { in: batches.map(({ id }) => id) } },
    orderBy: { contactId: 'asc' },
    take: mostNamed + 1,
    select: { contactId: true },
  })
  const checkpoint = await database.auditCheckpoint.findFirst({ orderBy: [{ epoch: 'desc' }, { treeSize: 'desc' }] })
  return {
    schema: 'lethe-erasure-certificate-1',
    erasureId: erasure.id,
    state: erasure.state === 'cancelled' || erasure.state === 'refused' ? erasure.state : 'executed',
    issuedAt: new Date().toISOString(),
    controller: organisation?.controller ?? null,
    ground: erasure.ground,
    categories: erasure.categories.length > 0 ? erasure.categories : null,
    related: relatedOf(erasure.related),
    contacts: batches.reduce((sum, { contacts }) => sum + contacts, 0),
    contactIds: gone.length > mostNamed ? [] : gone.map(({ contactId }) => contactId),
    requestedAt: erasure.requestedAt.toISOString(),
    approvedAt: erasure.approvedAt?.toISOString() ?? null,
    approvals: erasure.approverIds.length,
    executedAt: erasure.executedAt?.toISOString() ?? '',
    outcome: outcomeOf(erasure),
    retained: retainedOf(erasure),
    ledger: batches.map(({ ledgerSequence, ledgerHash }) => ({
      sequence: Number(ledgerSequence),
      hash: ledgerHash ?? '',
    })),
    replays: Math.max(erasure.replays, ...batches.map(({ replays }) => replays)),
    replayedAt: erasure.replayedAt?.toISOString() ?? null,
    auditCheckpoint: checkpoint?.note ?? null,
  }
}

/** As a file. */
export const certificateJson = (certificate: Certificate): string => `${JSON.stringify(certificate, undefined, 2)}\n`

/**
 * Signed (JWS, compact; EdDSA), with the key that consent records are signed with, which is published at `/.well-known/jwks.json`. What it
 * carries is the file, byte by byte.
 */
export async function signCertificate(context: WorkContext, json: string): Promise<string> {
  const { kid, key } = await recordSigner(context)
  const header = { alg: 'EdDSA', typ: 'erasure-certificate+jws', kid }
  return new CompactSign(Buffer.from(json)).setProtectedHeader(header).sign(key)
}
