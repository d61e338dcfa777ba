import type { Notice } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { rightOfPurpose } from '../rights.ts'

/** What a client may ask a person for, and what it has to show them. */
export type ConsentOffer = {
  purpose: string
  name: string
  description: string
  parent: string | null
  notice: Notice | null
}

/** The purposes that a client may ask consent for, in a language as far as there are texts in it. In two statements. */
export async function consentOffers(
  { database, rights }: Context,
  { purposes: wanted, language = 'en' }: { purposes?: readonly string[]; language?: string },
): Promise<ConsentOffer[]> {
  const rows = await database.purpose.findMany({
    where: { retiredAt: null, grounds: { has: 'consent' } },
    orderBy: { key: 'asc' },
  })
  const offered = rows.filter(({ key }) => rights.canWrite(rightOfPurpose(key)) && (wanted?.includes(key) ?? true))
  const current = offered.map(({ key, noticeVersion }) => ({ purposeKey: key, version: noticeVersion }))
  const notices = current.length > 0 ? await database.notice.findMany({ where: { OR: current } }) : []
  const inOrder = wanted
    ? offered.toSorted((one, other) => wanted.indexOf(one.key) - wanted.indexOf(other.key))
    : offered
  return inOrder.map(({ key, parentKey, names, descriptions }) => ({
    purpose: key,
    name: textIn(textsIn(names), language) || key,
    description: textIn(textsIn(descriptions), language),
    parent: parentKey,
    notice: inLanguage(
      notices.filter(({ purposeKey }) => purposeKey === key),
      language,
    ),
  }))
}

/** In this language; without one, in English, or in whichever there is. */
const inLanguage = (notices: readonly Notice[], language: string) =>
  notices.find((one) => one.language === language) ?? notices.find((one) => one.language === 'en') ?? notices[0] ?? null
