import type { Text } from '../../disclosed.ts'
import { review } from '../../security/review.ts'
import { languageParameter } from '../definition/parameters.ts'
import type { ListSource, ReportColumn, ReportRow } from './source.ts'

/** The measures of security, as they are at this moment (Art. 32(1)(d) GDPR). */
export const securityReviewSource: ListSource = {
  key: 'security-review',
  kind: 'list',
  name: { de: 'Prüfung der Sicherheit', en: 'Security review' },
  description: {
    de: 'Eine Zeile je Maßnahme: wie es um sie steht, und wann zuletzt jemand hingesehen hat.',
    en: 'One row for each measure: how it is doing, and when somebody last looked.',
  },
  rights: ['security.review'],
  about: 'measures',
  filtered: false,
  parameters: [
    languageParameter,
    {
      key: 'attention',
      name: { de: 'Nur was Aufmerksamkeit braucht', en: 'Only what needs attention' },
      type: 'boolean',
      default: null,
    },
  ],
  usual: ['measure', 'status', 'findings', 'lastCheckedAt', 'due'],
  columns: async () => columns,
  async rows({ context, parameters: { language, attention } }) {
    const reviewed = await review(context, language === 'de' ? 'de' : 'en')
    return reviewed
      .filter(({ status, due }) => attention !== true || status === 'attention' || due)
      .map(
        ({ key, title, description, status, findings, checks: [last], checkEvery, due }): ReportRow => ({
          id: key,
          contactId: null,
          cells: {
            measure: title,
            description,
            status,
            findings: findings.map(({ text, count }) => `${text} (${count})`),
            attention: findings.filter((one) => one.attention).length,
            lastCheckedAt: last?.checkedAt ?? null,
            checkEvery,
            due,
          },
        }),
      )
  },
}

const of = (key: string, name: Text, type: ReportColumn['type'], rest: Partial<ReportColumn> = {}): ReportColumn => ({
  ...{ key, name, type, right: null, sortable: type !== 'list', groupable: false, ...rest },
})

const columns: readonly ReportColumn[] = [
  of('measure', { de: 'Maßnahme', en: 'Measure' }, 'text'),
  of('description', { de: 'Was sie tut', en: 'What it does' }, 'text'),
  of('status', { de: 'Stand', en: 'Status' }, 'text', {
    groupable: true,
    values: {
      ok: { de: 'in Ordnung', en: 'in order' },
      attention: { de: 'braucht Aufmerksamkeit', en: 'needs attention' },
      unknown: { de: 'nicht bekannt', en: 'not known' },
    },
  }),
  of('findings', { de: 'Befunde', en: 'Findings' }, 'list'),
  of('attention', { de: 'Befunde, die Aufmerksamkeit brauchen', en: 'Findings that need attention' }, 'number'),
  of('lastCheckedAt', { de: 'Zuletzt geprüft am', en: 'Last checked at' }, 'time'),
  of('checkEvery', { de: 'Alle so viele Tage zu prüfen', en: 'To be checked every so many days' }, 'number'),
  of('due', { de: 'Prüfung fällig', en: 'Check is due' }, 'boolean', { groupable: true }),
]
