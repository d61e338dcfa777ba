import type { Erasure, SubjectRequest } from '#prisma/client.ts'
import type { Database } from '../../database/client.ts'
import type { Transaction } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import type { MailContent, MailLanguage } from '../../mail/layout.ts'
import { queueMail } from '../../mail/outbox.ts'
import { lastWords, type Words } from '../requests/mails.ts'
import { noteErased } from '../requests/steps.ts'
import { articleText } from '../requests/texts.ts'
import type { RetainedCount } from './register.ts'

// Whoever asked to be erased is told that they are (Art. 12(3) GDPR), while there still is an address; of what a law obliges to keep, they
// are told, too (Art. 12(4)).

type About = Pick<Erasure, 'categories' | 'fingerprints'> & {
  retained: readonly Pick<RetainedCount, 'citation' | 'until'>[]
}

/** What the person is told, and the address for it; undefined: nobody asked. */
export async function noticeOf(
  tx: Transaction | Database,
  context: WorkContext,
  request: Pick<SubjectRequest, 'contactId'>,
  about: About,
): Promise<Awaited<ReturnType<typeof lastWords>>> {
  return lastWords(tx, context, request.contactId, (words) => written(words, about))
}

/**
 * Tells the person by mail, and notes that their request is fulfilled. Returns how they were told; null: there is no address, and nobody
 * said that they sent the letter. Throws CONFLICT for a request that was decided.
 */
export async function tellPerson(
  tx: Transaction,
  context: WorkContext,
  { toldHow, ...erasure }: Erasure,
  request: SubjectRequest,
  retained: readonly RetainedCount[],
): Promise<string | null> {
  const { to, ...content } = await noticeOf(tx, context, request, { ...erasure, retained })
  if (!to && toldHow === null) return null
  const missing = retained.length > 0 ? { article: 'Art. 17(3)(b) GDPR', reason: keptText(retained, 'en') } : undefined
  await noteErased(tx, context, request, missing)
  if (toldHow !== null || !to) return toldHow
  await queueMail(tx, context, { kind: 'erasure', to, ...content })
  return 'mail'
}

const written = ({ language, rights, close }: Words, about: About): MailContent =>
  noticeText(language, { ...about, rights, controller: close.controller })

/** What the person reads. */
export function noticeText(
  language: MailLanguage,
  {
    categories,
    fingerprints,
    retained,
    rights,
    controller,
  }: About & { rights: string; controller: string | undefined },
): MailContent {
  const texts = noticeTexts[language]
  return {
    ...{ language, subject: texts.subject },
    before: [
      ...texts.opening,
      rights,
      categories.length > 0 ? texts.part : texts.whole,
      ...(retained.length > 0 ? [texts.kept(keptText(retained, language))] : []),
      ...(fingerprints ? [texts.fingerprints] : []),
    ],
    after: [
      ...(categories.length > 0 ? [texts.complaint] : [texts.complaint, texts.last]),
      ...(controller ? [`${texts.controller}\n${controller}`] : []),
    ],
  }
}

/** One line a law, with the latest day. */
function keptText(retained: About['retained'], language: MailLanguage): string {
  const until = new Map<string, string>()
  for (const one of retained) {
    const known = until.get(one.citation)
    if (known === undefined || known < one.until) until.set(one.citation, one.until)
  }
  const day = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' })
  // They are kept until that moment, exclusively.
  const last = (iso: string) => day.format(new Date(Date.parse(iso) - 1))
  return [...until]
    .map(([law, end]) => `• ${articleText(law, language)}: ${noticeTexts[language].until(last(end))}`)
    .join('\n')
}

const noticeTexts = {
  de: {
    subject: 'Ihre Daten werden gelöscht',
    opening: ['Guten Tag,', 'Sie haben verlangt:'],
    whole:
      'Das tun wir jetzt: Alles, was wir über Sie gespeichert haben, wird gelöscht, auch in unseren Sicherungen. Das lässt sich nicht rückgängig machen. Wer Ihre Daten von uns bekommen hat, erfährt, dass sie zu löschen sind (Art. 19 DSGVO).',
    part: 'Das tun wir jetzt, für den Teil Ihrer Daten, um den es geht. Es lässt sich nicht rückgängig machen.',
    kept: (list: string) =>
      `Einen Teil müssen wir nach dem Gesetz aufbewahren (Art. 17 Abs. 3 Buchst. b DSGVO). Er ist gesperrt, niemand arbeitet damit, und er löscht sich von selbst, wenn die Frist endet:\n${list}`,
    until: (day: string) => `bis ${day}`,
    complaint:
      'Sind Sie damit nicht einverstanden? Sie können sich bei einer Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO) und vor Gericht gehen (Art. 79 DSGVO).',
    last: 'Dies ist unsere letzte Nachricht: Auch diese Adresse wird gelöscht.',
    fingerprints:
      'Da Sie widersprochen haben, bleibt eine verschlüsselte Prüfsumme Ihrer Adressen, damit niemand Sie von Neuem erfasst (Art. 21 Abs. 3 DSGVO). Aus ihr lassen sich die Adressen nicht ablesen. Möchten Sie auch das nicht, schreiben Sie uns.',
    controller: 'Verantwortlich für Ihre Daten:',
  },
  en: {
    subject: 'Your data is being erased',
    opening: ['Hello,', 'you asked for:'],
    whole:
      'We are doing it now: everything that we keep about you is erased, in our backups, too. That can’t be undone. Whoever got your data from us is told that it is to be erased (Art. 19 GDPR).',
    part: 'We are doing it now, for the part of your data that it is about. It can’t be undone.',
    kept: (list: string) =>
      `The law obliges us to keep a part of it (Art. 17(3)(b) GDPR). It is locked away, nobody works with it, and it erases itself when the time is over:\n${list}`,
    until: (day: string) => `until ${day}`,
    complaint:
      'Do you not agree? You can complain to a data-protection authority (Art. 77 GDPR) and go to court (Art. 79 GDPR).',
    last: 'This is our last message: this address is erased, too.',
    fingerprints:
      'As you objected, a keyed checksum of your addresses stays, so that nobody enters you again (Art. 21(3) GDPR). The addresses can’t be read from it. If you don’t want that either, write to us.',
    controller: 'Responsible for your data:',
  },
} as const
