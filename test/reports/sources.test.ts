import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readyMade } from '../../src/modules/reports/ready-made.ts'
import { sources } from '../../src/modules/reports/sources/index.ts'
import { releaseStatistics } from '../../src/modules/statistics/release.ts'
import { inDays } from '../lawfulness/support.ts'
import { cellsOf, type Data, type Desk, grants, groups, openDesk, run, valueIn } from './support.ts'

let desk: Desk
let ids: string[]
beforeAll(async () => {
  desk = await openDesk()
  await desk.define('words', 'TEXT')
  await desk.define('amount', 'DECIMAL')
  await desk.define('price', 'MONEY')
  await desk.define('since', 'DATE')
  await desk.define('vip', 'BOOLEAN')
  await desk.define('colours', 'CHOICES', { options: [{ value: 'red' }, { value: 'blue' }] })
  await desk.define('hidden', 'TEXT', { sensitive: true })
  const fields = (n: number) => [
    { key: 'words', value: { text: `word ${n % 2}` } },
    { key: 'amount', value: { decimal: `${n}.5` } },
    { key: 'price', value: { money: { amount: '12.50', currency: 'EUR' } } },
    { key: 'since', value: { date: `202${n}-02-03` } },
    { key: 'vip', value: { boolean: n > 2 } },
    { key: 'colours', value: { choices: ['red'] } },
    { key: 'hidden', value: { text: `sealed ${n}` } },
  ]
  ids = []
  for (const n of [1, 2, 3, 4]) {
    const emails = n === 4 ? [] : [{ address: `person-${n}@example.org` }]
    const birthDate = n === 3 ? null : `198${n}-05-06`
    ids.push(
      await desk.person({ familyName: `Family ${n}`, emails, birthDate, tags: ['one'], customFields: fields(n) }),
    )
  }
  const [first, second, third] = ids
  await desk.record({ contactId: first, purpose: 'newsletter', ground: 'CONSENT', validUntil: inDays(12) })
  await desk.record({ contactId: second, purpose: 'newsletter', ground: 'CONSENT', validUntil: inDays(3) })
  await desk.record({
    ...{ contactId: third, purpose: 'newsletter', ground: 'CONSENT', givenAt: inDays(-90) },
    evidence: { kind: 'PHONE_NOTE', text: 'Said so.' },
  })
  await desk.withdraw({ contactId: third, purpose: 'newsletter' })
  for (const kinds of [['ACCESS'], ['ERASURE']]) {
    await desk.ask('mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }', {
      input: { contactId: first, kinds, channel: 'LETTER' },
    })
  }
  await desk.ask('mutation ($input: RequestErasureInput!) { requestErasure(input: $input) { id } }', {
    input: { contactId: second, ground: 'NO_LONGER_NEEDED' },
  })
  await desk.ask('mutation ($input: DiscloseContactInput!) { discloseContact(input: $input) { id } }', {
    input: { contactId: first },
  })
  // As if the month were over.
  await releaseStatistics({ ...desk.work, requestId: randomUUID() }, new Date(inDays(40)))
})
afterAll(() => desk.close())

const parameters: Record<string, object> = {
  disclosures: { kind: 'disclosure' }, // So that looking doesn't add to what is looked at.
  statistics: { until: inDays(0).slice(0, 10) }, // Of the month that is as if it were over.
}

describe.each(sources)('the source $key', (source) => {
  it('shows each of its columns, and sorts and groups by those that it says', async () => {
    const { reportSources } = await desk.ask(
      '{ reportSources { key usual columns { key type sortable groupable } parameters { key } } }',
    )
    const { columns, usual } = reportSources.find(({ key }: Data) => key === source.key)
    const ofContacts = reportSources[0].columns.map(({ key }: Data) => key)
    // What contacts have everywhere is tried there.
    const own = columns.filter(({ key }: Data) => source.key === 'contacts' || !ofContacts.includes(key))
    const keys = columns.map(({ key }: Data) => key)
    expect(keys).toEqual(expect.arrayContaining(usual))
    expect(new Set(keys).size).toBe(keys.length)
    const whole = (extra: object = {}) => ({
      definition: { source: source.key, columns: keys, parameters: parameters[source.key] ?? {}, ...extra },
    })
    const all = await desk.run(whole(), { first: 500 })
    expect(all.rows.length).toBeGreaterThan(0)
    expect(all.totalCount).toBe(all.rows.length)
    expect(all.columns.map(({ key }: Data) => key)).toEqual(keys)
    const rowIds = all.rows.map(({ id, contactId }: Data) => `${contactId} ${id}`).toSorted()
    for (const { key, sortable } of own) {
      const sorted = async (direction: string, first: number) => {
        const found: Data[] = []
        let after: string | null = null
        do {
          const page: Data = await desk.run(whole({ orderBy: [{ column: key, direction }] }), { first, after })
          found.push(...page.rows)
          after = page.hasNextPage ? page.endCursor : null
        } while (after)
        return found
      }
      if (!sortable) {
        const refused = await desk.fail(
          'query ($report: ReportReference!) { runReport(report: $report) { hasNextPage } }',
          { report: whole({ orderBy: [{ column: key, direction: 'ASC' }] }) },
        )
        expect([key, refused?.code]).toEqual([key, 'INVALID_INPUT'])
        continue
      }
      const up = await sorted('ASC', Math.ceil(all.rows.length / 2))
      expect([key, up.map(({ id, contactId }: Data) => `${contactId} ${id}`).toSorted()]).toEqual([key, rowIds])
      const values = up.map((row) => cellsOf(row)[key]).filter((value) => value !== null)
      if (values.every((value) => typeof value === 'number' || /^\d{4}-/.test(value))) {
        expect([key, values]).toEqual([key, values.toSorted((one, other) => (one < other ? -1 : Number(one > other)))])
      }
      expect((await sorted('DESC', 500)).length).toBe(up.length)
    }
    for (const { key, groupable, type } of own) {
      if (!groupable) continue
      const spans = type === 'DATE' || type === 'TIME' ? [':day', ':month', ':year'] : ['']
      for (const span of spans) {
        const found = await desk.groups(whole({ groupBy: [`${key}${span}`] }))
        const total = found.reduce((sum: number, group: Data) => sum + group.at(-1), 0)
        expect([key, total]).toEqual([key, all.rows.length])
      }
    }
  }, 120_000)
})

it('every ready-made report runs as it is, with its groups', async () => {
  const { reports } = await desk.ask(
    '{ reports { id key name(language: DE) description own definition source { key } } }',
  )
  expect(reports.map(({ key }: Data) => key)).toEqual(readyMade.map(({ key }) => key))
  for (const { key, definition } of reports) {
    const { rows } = await desk.run({ key })
    expect(Array.isArray(rows)).toBe(true)
    if (definition.groupBy.length > 0) expect(Array.isArray(await desk.groups({ key }))).toBe(true)
  }
})

describe('what the values are', () => {
  it('custom fields have the types of their kinds, and what is sealed is opened and logged', async () => {
    const before = await desk.database.auditEntry.count({ where: { action: 'read', operation: 'runReport' } })
    const columns = ['words', 'amount', 'price', 'since', 'vip', 'colours', 'hidden'].map(
      (key) => `customFields.${key}`,
    )
    const { rows } = await desk.run({
      definition: { source: 'contacts', columns, filter: { customFields: [{ key: 'vip', is: { boolean: true } }] } },
    })
    expect(rows.map(cellsOf)).toEqual(
      expect.arrayContaining([
        {
          'customFields.words': 'word 1',
          'customFields.amount': 3.5,
          'customFields.price': '12.5 EUR',
          'customFields.since': '2023-02-03',
          'customFields.vip': true,
          'customFields.colours': ['red'],
          'customFields.hidden': 'sealed 3',
        },
      ]),
    )
    const after = await desk.database.auditEntry.count({ where: { action: 'read', operation: 'runReport' } })
    expect(after - before).toBe(2)
  })

  it('what is about to lapse is counted by 30, 7 and 1 days', async () => {
    const purpose = 'newsletter'
    const people = await Promise.all([0.5, 5, 20, 20].map((days) => desk.person().then((id) => ({ id, days }))))
    for (const { id, days } of people)
      await desk.record({ contactId: id, purpose, ground: 'LEGITIMATE_INTERESTS', validUntil: inDays(days) })
    const counted = await desk.groups({ key: 'lapsing' })
    expect(counted.filter(([, , ground]: Data) => ground === 'legitimate_interests')).toEqual([
      ['01', purpose, 'legitimate_interests', 1],
      ['07', purpose, 'legitimate_interests', 1],
      ['30', purpose, 'legitimate_interests', 2],
    ])
  })

  it('consents are counted by month, purpose and channel', async () => {
    const month = (days: number) => `${inDays(days).slice(0, 7)}-01`
    expect(await desk.groups({ key: 'consents' })).toEqual([
      [month(-90), 'newsletter', 'phone', 1],
      [month(0), 'newsletter', 'staff', 2],
    ])
    expect(await desk.groups({ key: 'consents' }, { what: 'ended' })).toEqual([[month(0), 'newsletter', 'staff', 1]])
    expect(await desk.groups({ key: 'consents' }, { from: inDays(-30).slice(0, 10) })).toHaveLength(1)
    expect(await desk.groups({ key: 'consents' }, { until: inDays(-90).slice(0, 10) })).toHaveLength(1)
  })

  it('days, months and years begin by the clock of a time zone, and so do days that are asked for', async () => {
    const tags = ['new year']
    const moments = ['2025-12-31T22:30:00Z', '2025-12-31T23:30:00Z', '2026-03-29T00:30:00Z', '2026-03-29T23:30:00Z']
    for (const sourceAt of moments) await desk.person({ tags, source: 'a fair', sourceAt })
    const definition = (groupBy: string, more: object = {}) => ({
      definition: { source: 'contacts', filter: { tags: { hasAny: tags } }, groupBy: [groupBy], ...more },
    })
    const berlin = { timeZone: 'Europe/Berlin' }
    const years = [
      ['2025-01-01', 1],
      ['2026-01-01', 3],
    ]
    expect(await desk.groups(definition('sourceAt:year'), { timeZone: 'UTC' })).toEqual([
      ['2025-01-01', 2],
      ['2026-01-01', 2],
    ])
    expect(await desk.groups(definition('sourceAt:year'), berlin)).toEqual(years)
    expect(await desk.groups(definition('sourceAt:year', { parameters: berlin }))).toEqual(years)
    // The day that has 23 hours.
    expect(await desk.groups(definition('sourceAt:day'), berlin)).toEqual([
      ['2025-12-31', 1],
      ['2026-01-01', 1],
      ['2026-03-29', 1],
      ['2026-03-30', 1],
    ])
    // Days are the same everywhere.
    const born = (zone: string) => desk.groups(definition('birthDate:year', { filter: null }), { timeZone: zone })
    expect(await born('Pacific/Kiritimati')).toEqual(await born('America/Los_Angeles'))
    for (const timeZone of ['Mars/Olympus', '+02:00', '', 5, null]) {
      const refused = await desk.fail(groups, { report: definition('sourceAt:day'), parameters: { timeZone } })
      expect([timeZone, refused?.code]).toEqual([timeZone, timeZone === null ? undefined : 'INVALID_INPUT'])
    }
    const between = (day: string, timeZone: string) => ({
      ...{ report: { key: 'disclosures' }, parameters: { from: day, until: day, timeZone } },
    })
    // At any moment it is today in one of these, and not in the other, or tomorrow.
    const dayIn = (timeZone: string) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(new Date())
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const { runReport } = await desk.ask(run, between(dayIn(zone), zone))
      expect([zone, runReport.rows.length > 0]).toEqual([zone, true])
    }
    const elsewhere = dayIn('Pacific/Kiritimati')
    expect((await desk.ask(run, between(elsewhere, 'Pacific/Pago_Pago'))).runReport.rows).toEqual([])
  })

  it('codes have names, in the language of whoever reads, for those who may read these', async () => {
    const query = `query ($report: ReportReference!) { runReport(report: $report) { rows { cells { column text name(language: DE) } } } }`
    const definition = {
      ...{ source: 'grounds', columns: ['purpose', 'ground', 'customFields.size'] },
      parameters: { state: 'valid', purpose: 'newsletter' },
    }
    await desk.define('size', 'CHOICE', {
      options: [{ value: 'large', labels: [{ language: 'de', text: 'groß' }] }],
    })
    const contactId = await desk.person({ customFields: [{ key: 'size', value: { text: 'large' } }] })
    await desk.record({ contactId, purpose: 'newsletter', ground: 'CONSENT' })
    const of = ({ runReport }: Data) =>
      runReport.rows
        .map(({ cells }: Data) => cells.flatMap(({ text, name }: Data) => [text, name]))
        .find((cells: Data) => cells[4] === 'large')
    const consent = 'Einwilligung (Art. 6 Abs. 1 Buchst. a DSGVO)'
    expect(of(await desk.ask(query, { report: { definition } }))).toEqual([
      ...['newsletter', 'newsletter', 'consent', consent, 'large', 'groß'],
    ])
    const clerk = await desk.signInWith(
      grants(['reports.reports', 'contacts.contact', 'lawfulness.basis', 'fields.size']),
    )
    expect(of(await clerk.ask(query, { report: { definition } }))[1]).toBeNull()
    const { reportSources } = await desk.ask(
      '{ reportSources { key parameters { key type choices choiceNames(language: DE) } } }',
    )
    for (const { key, parameters: all } of reportSources) {
      for (const { choices, choiceNames } of all) {
        if (!choices) continue
        // Each in its own words.
        expect([key, new Set(choiceNames).size]).toEqual([key, choices.length])
        expect(choiceNames.filter((name: string) => choices.includes(name))).toEqual([])
      }
    }
  })

  it('requests come by what is due first, and what is overdue is told apart', async () => {
    const { rows } = await desk.run({ key: 'requests-due' })
    expect(rows.map((row: Data) => cellsOf(row).kind).toSorted()).toEqual(['access', 'erasure'])
    expect((await desk.run({ key: 'requests-due' }, { parameters: { state: 'overdue' } })).rows).toEqual([])
    expect((await desk.run({ key: 'requests-due' }, { parameters: { days: 7 } })).rows).toEqual([])
    expect((await desk.run({ key: 'requests-due' }, { parameters: { days: 40 } })).rows).toHaveLength(2)
  })

  it('requests of which nobody knows yet whose they are run out, too, and are seen by those who see all contacts', async () => {
    const report = 'mutation ($input: ReportSubjectRequestInput!) { reportSubjectRequest(input: $input) { reference } }'
    const receivedAt = inDays(-50)
    await desk.ask(report, {
      input: {
        kinds: ['ACCESS', 'OBJECTION'],
        channel: 'LETTER',
        email: 'who@example.org',
        receivedAt,
        statement: 'All of it.',
      },
    })
    const overdue = { state: 'overdue' }
    const { rows } = await desk.run({ key: 'requests-due' }, { parameters: overdue })
    expect(rows.map((row: Data) => [row.contactId, cellsOf(row).kind, cellsOf(row).status])).toEqual([
      [null, 'access', 'unmatched'],
      [null, 'objection', 'unmatched'],
    ])
    expect((await desk.run({ key: 'requests-due' })).totalCount).toBe(4)
    const first = await desk.run({ key: 'requests-due' }, { first: 1 })
    const second = await desk.run({ key: 'requests-due' }, { first: 1, after: first.endCursor })
    expect([first, second].map((page: Data) => cellsOf(page.rows[0]).kind)).toEqual(['access', 'objection'])
    expect(await desk.groups({ key: 'requests-due' }, overdue)).toEqual([
      [true, 'access', 1],
      [true, 'objection', 1],
    ])
    // No condition on contacts holds for them, nor its opposite.
    for (const filter of [
      { tags: { hasAny: ['one'] } },
      { not: { tags: { hasAny: ['one'] } } },
      { withoutBasis: true },
    ]) {
      const filtered = await desk.run({ definition: { source: 'requests', filter } })
      expect(filtered.rows.filter(({ contactId }: Data) => contactId === null)).toEqual([])
    }
    const bound = await desk.signInWith(grants(['reports.reports', 'contacts.contact', 'requests.requests']), [
      'newsletter',
    ])
    const { rows: theirs } = (await bound.ask(run, { report: { key: 'requests-due' } })).runReport
    expect(theirs.filter(({ contactId }: Data) => contactId === null)).toEqual([])
    expect(theirs).toHaveLength(2)
  })

  it('who accessed what tells of the reports that were read', async () => {
    await desk.run({ key: 'lapsing' })
    const { rows } = await desk.run({ key: 'disclosures' }, { parameters: { kind: 'report' } })
    expect(cellsOf(rows[0])).toMatchObject({ operation: 'runReport', actorKind: 'user' })
  })

  it('what is ahead names erasures that are asked for', async () => {
    const { rows } = await desk.run({ key: 'erasures-ahead' }, { parameters: { what: 'erasure' } })
    expect(rows.map(({ contactId }: Data) => contactId)).toEqual([ids[1]])
    expect(valueIn(rows[0].cells[1])).toBe('erasure')
  })

  it('what is ahead names those whose period ends soon, and nobody with a ground that holds', async () => {
    await desk.ask(
      `mutation { createRetentionClass(input: { key: "month", names: [{ language: "en", text: "A month" }], period: "P1M", start: COLLECTED, action: ERASE }) { key }
        createRetentionRule(key: "monthly", names: [{ language: "de", text: "Monatlich" }], input: { retentionClass: "month", action: PROPOSE }) { key } }`,
    )
    const [bare, held] = [await desk.person({ tags: ['ahead'] }), await desk.person({ tags: ['ahead'] })]
    await desk.record({ contactId: held, purpose: 'newsletter', ground: 'CONTRACT' })
    const ahead = async (days: number) => {
      const { rows } = await desk.run(
        { key: 'erasures-ahead' },
        { parameters: { what: 'retention', days }, first: 500 },
      )
      return rows.filter(({ contactId }: Data) => [bare, held].includes(contactId))
    }
    expect((await ahead(40)).map((row: Data) => [row.contactId, cellsOf(row).state, cellsOf(row).rule])).toEqual([
      [bare, 'waiting', 'monthly'],
    ])
    expect(await ahead(20)).toEqual([])
    await desk.ask('mutation { retireRetentionRule(key: "monthly") { key } }')
    expect((await ahead(40)).map((row: Data) => cellsOf(row).rule)).not.toContain('monthly')
  })

  it('the register and the review are tables, too', async () => {
    const register = await desk.run({ key: 'processing-register' }, { parameters: { language: 'de' } })
    expect(register.rows.map((row: Data) => cellsOf(row).key)).toContain('newsletter.events')
    const review = await desk.run({ key: 'security-review' }, { first: 2 })
    expect([review.rows.length, review.hasNextPage]).toEqual([2, true])
  })
})
