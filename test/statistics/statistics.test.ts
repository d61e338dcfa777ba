import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rightsOf } from '../../src/graphql/auth/rights.ts'
import type { Context } from '../../src/graphql/context.ts'
import { restrict } from '../../src/modules/lawfulness/basis/record.ts'
import { makeNextFile } from '../../src/modules/reports/files/worker.ts'
import { channels, languages, nameOf, type Place } from '../../src/modules/statistics/cells.ts'
import { statisticsChart } from '../../src/modules/statistics/chart.ts'
import { judgeStatistics } from '../../src/modules/statistics/judge.ts'
import { dayOf, monthOf, monthsBetween, monthsLater } from '../../src/modules/statistics/months.ts'
import { release, rounded } from '../../src/modules/statistics/noise.ts'
import { readStatistics } from '../../src/modules/statistics/read.ts'
import { releaseStatistics } from '../../src/modules/statistics/release.ts'
import { textOfPdf } from '../disclosure/support.ts'
import { type Data, type Office, openErasureOffice } from '../erasure/office.ts'
import { asOwner } from './support.ts'

// Numbers over a small office: what is counted, that it is released once, and stays when contacts go.

let office: Office
const ids: string[] = []
const month = monthOf(new Date())
const uuidOf = (id = '') => Buffer.from(id, 'base64').toString().replace('Contact:', '')

/** When the numbers of a later month are released. */
const releasedAt = (months: number) => new Date(monthsLater(month, months + 1).getTime() + 2 * 86_400_000)

const give = (contactId: string, purpose: string) =>
  office.ask('mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }', {
    input: { contactId, purpose, ground: 'CONSENT', source: 'a test' },
  })

const query = `query ($subject: StatisticSubject!, $by: [StatisticDimension!]!, $from: Date!, $until: Date!, $purpose: String) {
  statistics(subject: $subject, by: $by, from: $from, until: $until, purpose: $purpose) {
    cells { period event purpose ground channel language requestKind erasureGround count margin } suppressed releasedUntil threshold } }`
const span = { from: dayOf(month), until: dayOf(monthsLater(month, 2)) }
const ask = async (
  subject: string,
  by: string[] = ['MONTH'],
  rest: object = {},
  token = office.token,
): Promise<Data> => {
  const { data, errors } = await office.graphql(query, { subject, by, ...span, ...rest }, token)
  return errors ? { errors } : data.statistics
}

beforeAll(async () => {
  office = await openErasureOffice()
  for (const key of ['news', 'few']) {
    const purpose =
      'mutation ($key: String!) { createPurpose(input: { key: $key, names: [{ language: "en", text: "A purpose" }], grounds: [CONSENT] }) { key } }'
    await office.ask(purpose, { key })
  }
  for (let count = 0; count < 42; count++) {
    const language = count < 37 ? ['de', 'de-AT'][count % 2] : count < 39 ? 'tr' : null
    ids.push((await office.person({ language })).id)
  }
  for (const id of ids) await give(id, 'news')
  for (const id of ids.slice(0, 2)) await give(id, 'few')
  await restrict(office.system(), 'withdrawn', { contactId: uuidOf(ids[0]), purpose: 'few', source: 'a test' })
  const [access] = await office.receive(ids[0] ?? '', ['ACCESS', 'PORTABILITY'])
  await office.step('revoke', access.id)
  // Three go before the month is over.
  for (const id of ids.splice(1, 3)) await office.eraseNow({ contactId: id })
  expect((await ask('CONTACTS')).releasedUntil).toBeNull()
  const twice = [office.system(), office.system()].map((context) => releaseStatistics(context, releasedAt(0)))
  await Promise.all(twice)
})
afterAll(() => office.close())

/** What was released, as it would be of this count. */
const releasedOf = (at: Date, place: Partial<Place> & Pick<Place, 'subject' | 'event'>, count: number) => {
  const whole = { purposeKey: '', ground: '', channel: '', kind: '', language: '', ...place }
  return release(office.work.secrets, { place: `${dayOf(at)} ${nameOf(whole)}`, count }, 5).value
}
const cellOf = async (at: Date, place: Partial<Place> & Pick<Place, 'subject' | 'event'>) => {
  const where = { purposeKey: '', ground: '', channel: '', kind: '', language: '', ...place, month: at }
  return (await office.database.statisticCell.findFirstOrThrow({ where })).value
}

describe('a month that is over', () => {
  test.each([
    [{ subject: 'contacts', event: 'added', language: '*' }, 42],
    [{ subject: 'contacts', event: 'added', language: 'de' }, 37],
    [{ subject: 'contacts', event: 'added', language: 'other' }, 2],
    [{ subject: 'contacts', event: 'added', language: 'none' }, 3],
    [{ subject: 'contacts', event: 'standing', language: '*' }, 39],
    [{ subject: 'contacts', event: 'standing', language: 'de' }, 34],
    [{ subject: 'consents', event: 'given', purposeKey: 'news', channel: 'staff' }, 42],
    [{ subject: 'consents', event: 'given', purposeKey: 'news', channel: 'import' }, 0],
    [{ subject: 'consents', event: 'given', purposeKey: 'few', channel: 'staff' }, 2],
    [{ subject: 'consents', event: 'withdrawn', purposeKey: 'few', channel: 'automatic' }, 1],
    [{ subject: 'grounds', event: 'standing', purposeKey: 'news', ground: 'consent' }, 39],
    [{ subject: 'grounds', event: 'standing', purposeKey: 'few', ground: 'consent' }, 0],
    [{ subject: 'erasures', event: 'executed', kind: 'no_longer_needed' }, 3],
    [{ subject: 'requests', event: 'received', kind: 'access' }, 1],
    [{ subject: 'requests', event: 'received', kind: 'erasure' }, 0],
    [{ subject: 'requests', event: 'revoked', kind: 'access' }, 1],
  ] as const)('is counted with those who were erased in it: %o is %i', async (place, count) => {
    expect(await cellOf(month, place)).toBe(releasedOf(month, place, count))
  })

  test('shows what many stand behind, and suppresses the rest', async () => {
    const { cells, suppressed, releasedUntil, threshold } = await ask('CONSENTS', ['MONTH', 'PURPOSE', 'CHANNEL'])
    expect([releasedUntil, threshold]).toEqual([dayOf(month), 5])
    const shown = cells.filter(({ count }: Data) => count !== null)
    expect(shown).toEqual([
      {
        ...{ period: dayOf(month), event: 'GIVEN', purpose: 'news', channel: 'STAFF', ground: null },
        ...{
          language: null,
          requestKind: null,
          erasureGround: null,
          margin: 6,
          count: expect.toSatisfy((count) => count % 5 === 0),
        },
      },
    ])
    expect(suppressed).toBe(cells.length - 1)
    // Each has six events and five channels, whatever there was.
    for (const key of ['news', 'few']) {
      expect(cells.filter(({ purpose }: Data) => purpose === key)).toHaveLength(30)
    }
  })

  test('is told apart by what was asked for', async () => {
    const { cells } = await ask('CONTACTS', ['YEAR'])
    expect(cells.map(({ event, period }: Data) => [event, period])).toEqual([
      ['ADDED', `${month.getUTCFullYear()}-01-01`],
      ['STANDING', `${month.getUTCFullYear()}-01-01`],
    ])
    const byLanguage = (await ask('CONTACTS', ['YEAR', 'LANGUAGE'])).cells
    // All of them, whether or not somebody has it, and what many have is shown.
    for (const name of ['ADDED', 'STANDING']) {
      const some = byLanguage.filter(({ event }: Data) => event === name)
      expect(some).toHaveLength(26)
      expect(some.flatMap(({ language, count }: Data) => (count === null ? [] : [language]))).toEqual(['DE'])
    }
    const erasures = (await ask('ERASURES', ['KIND'])).cells
    expect(erasures.map(({ erasureGround }: Data) => erasureGround)).toContain('NO_LONGER_NEEDED')
    const requests = (await ask('REQUESTS', ['KIND'])).cells
    expect(requests.map(({ requestKind }: Data) => requestKind)).toContain('AUTOMATED_DECISION')
    const grounds = (await ask('GROUNDS', ['PURPOSE', 'GROUND'], { purpose: 'news' })).cells
    expect(grounds.map(({ event, ground }: Data) => [event, ground])).toEqual([
      ['OBJECTED', null],
      ['STANDING', 'CONSENT'],
    ])
    for (const { purpose } of grounds) expect(purpose).toBe('news')
  })

  test('is drawn as a chart, without what is suppressed', async () => {
    const by = ['month', 'purposeKey', 'channel'] as const
    const context = { ...office.system(), rights: rightsOf([]) } as unknown as Context
    const cells = await readStatistics(context, { subject: 'consents', by, from: month, until: month })
    const { kind, series } = statisticsChart(cells, by, { news: { de: 'Nachrichten', en: 'News' } })
    expect(kind).toBe('line')
    expect(series).toEqual([
      {
        name: { de: 'Erteilt, Nachrichten, Mitarbeitende', en: 'Given, News, Staff' },
        points: [{ x: month, y: expect.any(Number) }],
      },
    ])
  })

  test('keeps its numbers when more contacts go, and is released once', async () => {
    const all = () => Promise.all(['CONTACTS', 'CONSENTS', 'GROUNDS'].map((subject) => ask(subject)))
    const before = await all()
    for (const id of ids.splice(0, 5)) await office.eraseNow({ contactId: id })
    await releaseStatistics(office.system(), releasedAt(0))
    expect(await all()).toEqual(before)
    for (const [table, column] of [
      ['statistic_cell', 'month'],
      ['statistic_release', 'month'],
      ['statistic_number', 'period'],
    ]) {
      await expect(office.database.$executeRawUnsafe(`DELETE FROM ${table}`)).rejects.toThrow(/permission denied/)
      await expect(asOwner(office, `UPDATE ${table} SET ${column} = ${column}`)).rejects.toThrow(/can't be changed/)
    }
  })

  test('leaves nothing exact of those who went', async () => {
    await releaseStatistics(office.system(), releasedAt(1))
    expect(await office.database.statisticTally.count()).toBe(0)
    const next = monthsLater(month, 1)
    const { value } = await office.database.statisticCell.findFirstOrThrow({
      where: { subject: 'contacts', event: 'standing', language: '*', month: next },
    })
    const { noise, draws } = await office.database.statisticDrift.findFirstOrThrow({
      where: { subject: 'contacts', language: '*' },
    })
    expect([value - noise, draws]).toEqual([34, 2])
  })
})

// So the attacks on numbers (attack.test.ts, suppression.test.ts) are attacks on all that can be asked.
describe('every answer', () => {
  const first = new Date('2001-04-01')
  const months = [...monthsBetween(first, monthsLater(first, 20))]
  const numbers = () => office.database.statisticNumber.findMany()
  let known: Awaited<ReturnType<typeof numbers>>

  beforeAll(async () => {
    // Of two purposes, a busy one and a quiet one, over some twenty months.
    const counts = { busy: [200, 0, 60, 9, 1], quiet: [12, 0, 30, 2, 0] }
    const cells = months.flatMap((at, index) => [
      ...Object.entries(counts).flatMap(([purposeKey, some]) =>
        channels.map((channel, way) => ({
          ...{ subject: 'consents', event: 'given', purposeKey, ground: '', channel, kind: '', language: '' },
          ...{ month: at, draws: 1 },
          value: (some[way] ?? 0) + ((index * 7 + way * 3) % 11) - 5,
        })),
      ),
      ...['added', 'standing'].map((event) => ({
        ...{ subject: 'contacts', event, purposeKey: '', ground: '', channel: '', kind: '', language: '*' },
        ...{ month: at, draws: 1 },
        value: event === 'added' ? (index * 13) % 40 : 50 + 20 * index,
      })),
      // By language from some month on, as where they were not told apart before.
      ...(index < 4 ? [] : languages).flatMap((language, at26) =>
        ['added', 'standing'].map((event) => ({
          ...{ subject: 'contacts', event, purposeKey: '', ground: '', channel: '', kind: '', language },
          ...{ month: at, draws: 1 },
          value: at26 % 5 === 0 ? 20 + ((index * 7) % 11) : (index + at26) % 3,
        })),
      ),
    ])
    await office.database.statisticRelease.createMany({
      data: months.map((at) => ({ month: at, releasedAt: new Date() })),
    })
    await office.database.statisticCell.createMany({ data: cells })
    await Promise.all([judgeStatistics(office.system()), judgeStatistics(office.system())])
    await judgeStatistics(office.system())
    known = await numbers()
  })

  test('is made of released cells', async () => {
    const cells = await office.database.statisticCell.findMany()
    const fits = (own: string, asked: string) => asked === '*' || own === asked
    expect(known.some(({ value }) => value === null)).toBe(true)
    for (const one of known) {
      const until = monthsLater(one.period, { month: 1, quarter: 3, year: 12 }[one.span] ?? 0)
      const own = cells.filter(
        (cell) =>
          cell.subject === one.subject &&
          cell.event === one.event &&
          cell.month >= one.period &&
          cell.month < until &&
          cell.language === one.language && // All of them are a number of their own.
          (['purposeKey', 'ground', 'channel', 'kind'] as const).every((dimension) =>
            fits(cell[dimension], one[dimension]),
          ),
      )
      const total = (of: 'value' | 'draws') => own.reduce((sum, cell) => sum + cell[of], 0)
      expect([one.value ?? total('value'), one.draws]).toEqual([total('value'), total('draws')])
    }
  })

  test('is a number that is shown, or a sum of such for months that are no calendar span', async () => {
    const asked = fc.record({
      subject: fc.constantFrom('consents', 'contacts'),
      span: fc.constantFrom(undefined, 'month', 'quarter', 'year'),
      dimensions: fc.subarray(['purposeKey', 'channel'] as const),
      isByLanguage: fc.boolean(),
      purposeKey: fc.constantFrom(undefined, undefined, 'busy', 'quiet'),
      from: fc.nat(months.length + 2),
      length: fc.nat(months.length),
    })
    let [shown, suppressed, incomplete] = [0, 0, 0]
    const property = fc.asyncProperty(
      asked,
      async ({ subject, span, dimensions, isByLanguage, purposeKey, from, length }) => {
        const own = subject === 'contacts' ? (isByLanguage ? (['language'] as const) : []) : dimensions
        const only = subject === 'contacts' ? undefined : purposeKey
        const [start, end] = [monthsLater(first, from - 1), monthsLater(first, from - 1 + length)]
        const context = { ...office.system(), rights: rightsOf([]) } as unknown as Context
        const by = [...(span ? [span] : []), ...own]
        const answer = await readStatistics(context, { subject, by, from: start, until: end, purposeKey: only })
        const whole = span ? ([beginningOf(start, span), lastOf(end, span)] as const) : ([start, end] as const)
        const periods = Map.groupBy(monthsBetween(...whole), (at) => (span ? dayOf(beginningOf(at, span)) : null))
        for (const cell of answer) {
          const own = periods.get(cell.period && dayOf(cell.period)) ?? []
          const some = known.filter(
            (one) =>
              one.subject === subject &&
              one.event === cell.event &&
              one.purposeKey === (cell.purposeKey ?? only ?? (subject === 'contacts' ? '' : '*')) &&
              one.channel === (cell.channel ?? (subject === 'contacts' ? '' : '*')) &&
              one.language === (cell.language ?? (subject === 'contacts' ? '*' : '')),
          )
          const inTime = own.filter((at) => months.some((month) => month.getTime() === at.getTime()))
          const parts = cell.event === 'standing' ? inTime.slice(-1).map((at) => ['month', at] as const) : partsOf(own)
          const values = parts.flatMap(([kind, at]) =>
            some.filter((one) => one.span === kind && one.period.getTime() === at.getTime()),
          )
          // Where some spans have totals alone, a language has no number of all of them.
          const told = parts.filter(([kind, at]) =>
            known.some(
              (one) =>
                one.subject === subject &&
                one.event === cell.event &&
                one.language === '*' &&
                one.span === kind &&
                one.period.getTime() === at.getTime(),
            ),
          )
          if (cell.language !== null && values.length < told.length) incomplete += 1
          const isWhole = cell.language === null || values.length === told.length
          const sum =
            !isWhole || values.some(({ value }) => value === null)
              ? null
              : rounded(values.reduce((total, { value }) => total + (value ?? 0), 0))
          expect(cell.count).toBe(sum)
          if (sum === null) suppressed += 1
          else shown += 1
        }
      },
    )
    const language = { subject: 'contacts' as const, span: undefined, dimensions: [], isByLanguage: true }
    const whole = { ...language, purposeKey: undefined, from: 1, length: months.length - 1 }
    await fc.assert(property, { numRuns: 150, examples: [[whole]] })
    expect([shown > 100, suppressed > 100, incomplete > 0]).toEqual([true, true, true])
  })

  /** Years where all their months are asked for, then quarters, then months. */
  const partsOf = (own: readonly Date[]): (readonly ['month' | 'quarter' | 'year', Date])[] => {
    const bySpan = (span: 'quarter' | 'year') => Map.groupBy(own, (at) => dayOf(beginningOf(at, span)))
    return own.flatMap((at): [] | [readonly ['month' | 'quarter' | 'year', Date]] => {
      for (const span of ['year', 'quarter'] as const) {
        if (bySpan(span).get(dayOf(beginningOf(at, span)))?.length !== { quarter: 3, year: 12 }[span]) continue
        return beginningOf(at, span).getTime() === at.getTime() ? [[span, at]] : []
      }
      return [['month', at]]
    })
  }
})

const lastOf = (at: Date, span: 'month' | 'quarter' | 'year') =>
  monthsLater(beginningOf(at, span), { month: 0, quarter: 2, year: 11 }[span])

const beginningOf = (at: Date, span: 'month' | 'quarter' | 'year') => {
  const months = { month: 0, quarter: at.getUTCMonth() % 3, year: at.getUTCMonth() }[span]
  return monthsLater(at, -months)
}

describe('as a report', () => {
  const rows = async (token: string, parameters: object) => {
    const run = `query ($parameters: JSON) { runReport(report: { key: "statistics" }, parameters: $parameters, first: 200) {
      rows { cells { column text number date } } } }`
    const { data, errors } = await office.graphql(run, { parameters }, token)
    expect(errors).toBeUndefined()
    return data.runReport.rows.map(({ cells }: Data) =>
      Object.fromEntries(cells.map(({ column, text, number, date }: Data) => [column, text ?? number ?? date])),
    )
  }

  test('it has the same numbers, for those who see no contacts', async () => {
    const token = await office.clerk(['statistics.statistics', 'reports.reports'])
    const asked = { subject: 'consents', span: 'month', from: dayOf(month), until: dayOf(month), purpose: 'news' }
    const shown = (await rows(token, asked)).filter(({ count }: Data) => count !== null)
    const { cells } = await ask('CONSENTS', ['MONTH', 'PURPOSE', 'CHANNEL'], { purpose: 'news', until: dayOf(month) })
    const [cell] = cells.filter(({ count }: Data) => count !== null)
    expect(shown).toEqual([
      expect.objectContaining({
        event: 'given',
        purpose: 'news',
        channel: 'staff',
        count: cell.count,
        margin: 6,
      }),
    ])
    // Nobody was added in the next month, which is left out, as what is suppressed all the time; all of them come before languages.
    const next = dayOf(monthsLater(month, 1))
    const contacts = await rows(token, { subject: 'contacts', span: 'month', from: next, until: next })
    expect(contacts.map(({ event, language }: Data) => [event, language])).toEqual([
      ['standing', null],
      ['standing', 'de'],
    ])
  })

  /** A user with one built-in role. Returns their bearer token. */
  const withRole = async (role: string) => {
    const email = `${role}@example.org`
    const made = await office.ask('mutation ($i: CreateUserInput!) { createUser(input: $i) { password } }', {
      i: { email, roles: [role] },
    })
    const signIn = 'mutation ($e: String!, $p: String!) { signIn(email: $e, password: $p) { token } }'
    return (await office.graphql(signIn, { e: email, p: made.createUser.password })).data.signIn.token
  }

  test.each(['statistician', 'analyst'])(
    'it says on paper what is suppressed, in the language of its reader, and of what applies, for the role %s',
    async (role) => {
      const token = await withRole(role)
      const ordered = `mutation ($parameters: JSON) { createReportFile(input: { report: { key: "statistics" },
      parameters: $parameters, format: PDF, language: DE }) { id } }`
      const parameters = { span: 'month', from: dayOf(month), until: dayOf(monthsLater(month, 1)) }
      const { data } = await office.graphql(ordered, { parameters }, token)
      await makeNextFile(office.work)
      const headers = { authorization: `Bearer ${token}` }
      const address = `${office.url}/report-files?id=${encodeURIComponent(data.createReportFile.id)}`
      const answer = await office.app.fetch(new Request(address, { headers }))
      const text = await textOfPdf(Buffer.from(await answer.arrayBuffer()))
      // A line with a gap, as the picture and the table have it; and nothing of what is suppressed in both months.
      for (const part of ['Einwilligungen', 'Erteilt', 'Mitarbeitende', 'unterdrückt']) expect(text).toContain(part)
      for (const part of ['Rechtsgrundlage', 'given', 'staff', 'Widerrufen']) expect(text).not.toContain(part)
    },
  )

  test('it has none for those who are bound to purposes', async () => {
    const bound = await office.clerk(['statistics.statistics', 'reports.reports'], ['news'])
    expect(await rows(bound, { subject: 'contacts' })).toEqual([])
  })
})

describe('who may ask', () => {
  test('sees no contacts by it', async () => {
    const token = await office.clerk(['statistics.statistics'])
    expect((await ask('CONTACTS', ['MONTH'], {}, token)).cells.length).toBeGreaterThan(0)
    const { data, errors } = await office.graphql('{ contacts { totalCount } }', {}, token)
    expect([data.contacts, errors?.[0]?.extensions.code]).toEqual([null, 'FORBIDDEN'])
  })

  test('gets no numbers if bound to purposes', async () => {
    const bound = await office.clerk(['statistics.statistics'], ['news'])
    expect((await ask('CONTACTS', ['MONTH'], {}, bound)).cells).toEqual([])
  })

  test('is told what can not be asked', async () => {
    const fault = async (...asked: Parameters<typeof ask>) =>
      (await ask(...asked)).errors[0].extensions.faults[0].message
    expect(await fault('CONTACTS', ['MONTH', 'PURPOSE'])).toBe('CONTACTS are told apart by time, LANGUAGE.')
    expect(await fault('REQUESTS', ['CHANNEL'])).toBe('REQUESTS are told apart by time, KIND.')
    expect(await fault('REQUESTS', ['MONTH', 'YEAR'])).toBe('Name one of MONTH, QUARTER and YEAR.')
    expect(await fault('ERASURES', [], { purpose: 'news' })).toBe('ERASURES are not told apart by purpose.')
    expect(await fault('CONTACTS', [], { until: '2000-01-01' })).toMatch(/less than 240 later/)
  })
})
