import { randomUUID } from 'node:crypto'
import { transact } from '../../src/database/transact.ts'
import { textIn, textsIn } from '../../src/modules/lawfulness/texts.ts'
import { createLink, linkUrl, lookAt, use } from '../../src/modules/mails/links.ts'
import { mailConfirmation } from '../../src/modules/mails/mails.ts'
import { consentRoutes, type Requests } from '../../src/modules/mails/pages/consent.ts'
import { defineModule } from '../../src/modules/module.ts'
import type { Mailroom } from './support.ts'

export const site = 'Beispielladen'

const requests: Requests = {
  lookAtRequest: (context, token, language) =>
    transact(context, 'test', async (tx) => {
      const found = await lookAt(tx, token, 'confirm')
      const link = 'dead' in found ? found.link : found
      const rows = await tx.purpose.findMany({ where: { key: { in: [...(link?.purposes ?? [])] } } })
      const notices = await tx.notice.findMany()
      const purposes = rows.map(({ key, names, descriptions }) => ({
        key,
        name: textIn(textsIn(names), language),
        description: textIn(textsIn(descriptions), language),
        notice: notices.find((notice) => notice.purposeKey === key && notice.language === language) ?? null,
      }))
      if (!('dead' in found)) return { site, page: 'https://shop.example/join', purposes, expiresAt: found.expiresAt }
      return found.dead === 'used'
        ? { dead: 'used', outcome: found.link?.outcome ?? null, purposes }
        : { dead: found.dead }
    }),
  confirmRequest: (context, token, { given }) =>
    transact(context, 'test', async (tx) => {
      const link = await lookAt(tx, token, 'confirm')
      const asked = 'dead' in link ? [] : link.purposes
      const outcome = Object.fromEntries(asked.map((key) => [key, given.includes(key) ? 'GIVEN' : 'REFUSED']))
      await use(tx, token, 'confirm', outcome)
    }),
}

/** Requests of which nothing is kept but their links: as much as the page needs. */
export const asking = defineModule({
  name: 'asking',
  needs: ['mails'],
  rights: {},
  personalData: 'none',
  routes: consentRoutes(requests),
  schema: () => undefined,
})

/** Somebody asks for consent: a mail with a link is queued. Returns the link. */
export function ask(
  room: Pick<Mailroom, 'inTurn'>,
  purposes: readonly string[],
  {
    to = 'ida@example.org',
    language = 'de',
    seconds = 3600,
  }: { to?: string; language?: 'de' | 'en'; seconds?: number } = {},
): Promise<string> {
  return room.inTurn(async (tx, context) => {
    const requestId = randomUUID()
    const expiresAt = new Date(Date.now() + seconds * 1000)
    const token = await createLink(tx, { kind: 'confirm', requestId, purposes, expiresAt })
    const url = linkUrl(context, '/consent', token, language)
    const names = await tx.purpose.findMany({ where: { key: { in: [...purposes] } } })
    const asked = {
      site,
      page: 'https://shop.example/join',
      purposes: names.map((purpose) => textIn(textsIn(purpose.names), language)),
    }
    await mailConfirmation(tx, context, { to, language }, { requestId, asked, link: { url, expiresAt } })
    return url
  })
}
