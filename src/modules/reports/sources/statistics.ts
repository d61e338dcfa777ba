import type { Text } from '../../disclosed.ts'
import { dimensionsOf, subjects } from '../../statistics/cells.ts'
import { seriesOf, statisticsChart } from '../../statistics/chart.ts'
import { monthOf, monthsLater } from '../../statistics/months.ts'
import { type By, type Cell, type Question, readStatistics } from '../../statistics/read.ts'
import { beginningOf } from '../../statistics/suppress.ts'
import { wordsOf } from '../../statistics/words.ts'
import { choice } from '../definition/parameters.ts'
import { namesIn } from '../running/words.ts'
import type { Asked, ListSource, ReportColumn, ReportRow } from './source.ts'

const spans = ['month', 'quarter', 'year'] as const
const spanWords: Readonly<Record<(typeof spans)[number], Text>> = {
  month: { de: 'Monat', en: 'month' },
  quarter: { de: 'Quartal', en: 'quarter' },
  year: { de: 'Jahr', en: 'year' },
}
const subjectWords: Readonly<Record<(typeof subjects)[number], Text>> = {
  contacts: { de: 'Kontakte', en: 'contacts' },
  consents: { de: 'Einwilligungen', en: 'consents' },
  grounds: { de: 'Rechtsgrundlagen', en: 'legal grounds' },
  requests: { de: 'Anträge', en: 'requests' },
  erasures: { de: 'Löschungen', en: 'erasures' },
}
const usualMonths = 24
const mostMonths = 239

/** Numbers that tell of nobody, as a table and a picture: for those who see no contacts, too. */
export const statisticsSource: ListSource = {
  key: 'statistics',
  kind: 'list',
  name: { de: 'Statistik', en: 'Statistics' },
  description: {
    de: 'Wie viele es waren, nach Monat, Quartal oder Jahr: Zahlen mit Zufallsabweichung, die über niemanden etwas sagen. Was durchweg unterdrückt ist, fehlt.',
    en: 'How many there were, by month, quarter or year: numbers with noise, which tell of nobody. What is suppressed all the time is left out.',
  },
  rights: ['statistics.statistics'],
  about: 'numbers',
  filtered: false,
  parameters: [
    choice({ key: 'subject', name: { de: 'Worüber', en: 'About' }, usual: 'consents' }, subjectWords),
    choice({ key: 'span', name: { de: 'Je', en: 'By' }, usual: 'quarter' }, spanWords),
    { key: 'from', name: { de: 'Vom Monat', en: 'From the month' }, type: 'date', default: null },
    { key: 'until', name: { de: 'Bis zum Monat', en: 'Until the month' }, type: 'date', default: null },
    { key: 'purpose', name: { de: 'Zweck', en: 'Purpose' }, type: 'purpose', default: null },
  ],
  usual: ['period', 'event', 'purpose', 'ground', 'channel', 'kind', 'language', 'count', 'margin'],
  columns: async () => columns,
  async rows({ context, parameters }) {
    const { cells } = await answerTo(context, parameters)
    return withoutSuppressed(cells).map(
      ({ event, period, purposeKey, ground, channel, kind, language, count, margin }): ReportRow => ({
        id: JSON.stringify([period, event, purposeKey, ground, channel, kind, language]),
        contactId: null,
        cells: { period, event, purpose: purposeKey, ground, channel, kind, language, count, margin },
      }),
    )
  },
  async chart({ context, parameters }) {
    const { cells, by } = await answerTo(context, parameters)
    return statisticsChart(cells, by, await namesIn(context, 'purpose'))
  },
}

/** The numbers that are asked for. Of contacts, all of them before languages: they are a number of their own. */
async function answerTo(context: Asked['context'], parameters: Asked['parameters']) {
  const question = questionOf(parameters)
  const { by } = question
  const totals = by.includes('language')
    ? await readStatistics(context, { ...question, by: by.filter((one) => one !== 'language') })
    : []
  return { cells: [...totals, ...(await readStatistics(context, question))], by }
}

/** Without what is suppressed in each period; if that is all, with it: it isn't as if there were nothing. */
function withoutSuppressed(cells: readonly Cell[]): readonly Cell[] {
  const shown = new Set(cells.flatMap((cell) => (cell.count === null ? [] : [seriesOf(cell)])))
  return shown.size === 0 ? cells : cells.filter((cell) => shown.has(seriesOf(cell)))
}

/** What is asked for: over the last two years, without a period that isn’t over, unless said otherwise; of one purpose only where there are any. */
function questionOf(parameters: Asked['parameters']): Question {
  const subject = subjects.find((one) => one === parameters['subject']) ?? 'consents'
  const dimensions: readonly By[] = dimensionsOf[subject]
  const span = spans.find((one) => one === parameters['span']) ?? 'quarter'
  const dayOf = (key: string) => (typeof parameters[key] === 'string' ? monthOf(new Date(parameters[key])) : undefined)
  const until = dayOf('until') ?? monthsLater(beginningOf(span, monthOf(new Date())), -1)
  const earliest = monthsLater(until, -mostMonths)
  const from = dayOf('from') ?? monthsLater(until, 1 - usualMonths)
  const purpose = dimensions.includes('purposeKey') ? parameters['purpose'] : undefined
  return {
    ...{ subject, by: [span, ...dimensions], from: new Date(Math.max(from.getTime(), earliest.getTime())), until },
    ...(typeof purpose === 'string' && { purposeKey: purpose }),
  }
}

const column = (
  key: string,
  name: Text,
  type: ReportColumn['type'],
  rest: Partial<ReportColumn> = {},
): ReportColumn => ({ key, name, type, right: null, sortable: true, groupable: false, ...rest })

const suppressed: Text = { de: 'unterdrückt', en: 'suppressed' }

const columns: readonly ReportColumn[] = [
  column('period', { de: 'Zeitraum ab', en: 'Period from' }, 'date'),
  column('event', { de: 'Was', en: 'What' }, 'text', { values: wordsOf.event }),
  column('purpose', { de: 'Zweck', en: 'Purpose' }, 'text', { keys: 'purpose', ifAny: true }),
  column('ground', { de: 'Rechtsgrundlage', en: 'Legal ground' }, 'text', { values: wordsOf.ground, ifAny: true }),
  column('channel', { de: 'Weg', en: 'Channel' }, 'text', { values: wordsOf.channel, ifAny: true }),
  column('kind', { de: 'Art', en: 'Kind' }, 'text', { values: wordsOf.kind, ifAny: true }),
  column('language', { de: 'Sprache', en: 'Language' }, 'text', { values: wordsOf.language, ifAny: true }),
  column('count', { de: 'Anzahl, etwa', en: 'Number, about' }, 'number', { none: suppressed }),
  column('margin', { de: 'Abweichung bis', en: 'Off by up to' }, 'number'),
]
