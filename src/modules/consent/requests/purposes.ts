import { type Notice, Prisma, type Purpose } from '#prisma/client.ts'
import { rowsIn } from '../../../database/rows-in.ts'
import { comparable } from '../../../database/text.ts'
import type { Transaction } from '../../../database/transact.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { readPurposes } from '../../lawfulness/basis/project.ts'
import { lineOf } from '../../lawfulness/law/types.ts'
import type { ProblemCode } from '../problems.ts'

/** A purpose that somebody chose, and the text that they were shown. */
export type Choice = { purpose: string; notice?: { version: number; language: string } | null | undefined }

/** A choice that can be recorded, or why it can't. */
export type Judged = { key: string; purpose?: Purpose; notice?: Notice | null; problem?: ProblemCode }

const most = 50

/** Throws INVALID_INPUT for more or fewer purposes than a call may name. */
export function checkCount(purposes: readonly unknown[]): void {
  const faults: Fault[] = []
  if (purposes.length === 0) faults.push({ field: 'input.purposes', message: 'Name one purpose at least.' })
  if (purposes.length > most) faults.push({ field: 'input.purposes', message: `At most ${most} in one call.` })
  if (faults.length > 0) throw invalidInput(faults)
}

type Reader = Pick<Transaction, 'notice' | 'acceptedNotices'>

/** All purposes, as they are in this transaction. */
export const readRegister = async (tx: Pick<Transaction, '$rows'>): Promise<ReadonlyMap<string, Purpose>> =>
  new Map((await rowsIn<Purpose>(tx, purposes)).map((row) => [row.key, row]))

const purposes = Prisma.sql`
  SELECT key, id, parent_key AS "parentKey", names, descriptions, grounds::text[] AS grounds, special_categories AS "specialCategories",
    direct_marketing AS "directMarketing", default_validity AS "defaultValidity", data_subjects AS "dataSubjects",
    data_categories AS "dataCategories", recipients, transfers, retention_key AS "retentionKey", notice_version AS "noticeVersion",
    retired_at AS "retiredAt", created_at AS "createdAt"
  FROM purpose`

/** Judges each choice on its own: whether this client may ask for it, and whether what was shown counts. In two statements. */
export async function judge(
  tx: Reader,
  purposes: ReadonlyMap<string, Purpose>,
  mayAsk: (purpose: string) => boolean,
  choices: readonly Choice[],
): Promise<Judged[]> {
  const purposeKeys = [...new Set(choices.map(({ purpose }) => comparable(purpose)))]
  const where = { purposeKey: { in: purposeKeys } }
  const versions = [...new Set(choices.flatMap(({ notice }) => notice?.version ?? []))]
  const anyShown = versions.length > 0
  const notices = anyShown ? await tx.notice.findMany({ where: { ...where, version: { in: versions } } }) : []
  const accepted = new Map(
    (anyShown ? await tx.acceptedNotices.findMany({ where }) : []).map(({ purposeKey, since }) => [purposeKey, since]),
  )
  return choices.map(({ purpose: key, notice: shown }, index): Judged => {
    const purpose = purposes.get(key)
    if (!purpose || !mayAsk(key)) return { key, problem: 'PURPOSE_NOT_ALLOWED' }
    if (choices.findIndex((choice) => choice.purpose === key) < index) return { key, problem: 'PURPOSE_TWICE' }
    if (purpose.retiredAt) return { key, problem: 'PURPOSE_ENDED' }
    if (!purpose.grounds.includes('consent')) return { key, problem: 'CONSENT_NOT_A_GROUND' }
    if (!shown) return purpose.noticeVersion > 0 ? { key, problem: 'NOTICE_MISSING' } : { key, purpose, notice: null }
    const { version, language } = shown
    const notice = notices.find((row) => row.purposeKey === key && row.version === version && row.language === language)
    if (!notice) return { key, problem: 'NOTICE_UNKNOWN' }
    const counts = version >= (accepted.get(key) ?? purpose.noticeVersion)
    return counts ? { key, purpose, notice } : { key, problem: 'NOTICE_OUTDATED' }
  })
}

/** Purposes with all that is part of them, which a withdrawal is about, too. */
export async function withParts(tx: Transaction, keys: readonly string[]): Promise<string[]> {
  const register = await readPurposes(tx)
  return [...register.keys()].filter((key) => lineOf(register, key).some((above) => keys.includes(above)))
}

/** Of those that name purposes alone, such as withdrawals: whether this client may speak of them at all. */
export async function judgeKeys(
  tx: Pick<Transaction, 'purpose'>,
  mayAsk: (purpose: string) => boolean,
  keys: readonly string[],
): Promise<Judged[]> {
  const purposes = new Map(
    (await tx.purpose.findMany({ where: { key: { in: [...new Set(keys.map(comparable))] } } })).map((row) => [
      row.key,
      row,
    ]),
  )
  return keys.map((key, index): Judged => {
    const purpose = purposes.get(key)
    if (!purpose || !mayAsk(key)) return { key, problem: 'PURPOSE_NOT_ALLOWED' }
    return keys.indexOf(key) < index ? { key, problem: 'PURPOSE_TWICE' } : { key, purpose }
  })
}
