import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetDefinitions } from '../../src/modules/fields/definitions.ts'
import { inDays } from '../lawfulness/support.ts'
import { pastTheGuards } from '../support/database.ts'
import { cellsOf, type Data, type Desk, grants, openDesk, run, save } from './support.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const update = 'mutation ($input: UpdateReportInput!) { updateReport(input: $input) { version name definition } }'
const share =
  'mutation ($id: ID!, $roles: [ID!]!) { shareReport(id: $id, roles: $roles) { sharedWith { id } version } }'
const remove = 'mutation ($id: ID!) { deleteReport(id: $id) }'
const listed = '{ reports { id key name own definition sharedWith { key } } }'
const one = 'query ($id: ID!) { report(id: $id) { name own definition } }'

const base = ['reports.reports', 'contacts.contact']
let count = 0
/** Somebody with these rights, and their role. */
const colleague = async (reads: readonly string[], writes: readonly string[] = [], purposes: string[] = []) => {
  const known = new Set((await desk.database.role.findMany()).map(({ id }) => id))
  const caller = await desk.signInWith(grants(reads, writes), purposes)
  const role = (await desk.database.role.findMany()).find(({ id }) => !known.has(id))
  return { ...caller, role: btoa(`Role:${role?.id}`) }
}
const name = () => `Report ${++count}`
const contacts = (definition: object = {}) => ({ source: 'contacts', ...definition })

describe('a report that is saved', () => {
  it('is the maker’s own until it is shared, and changes by version', async () => {
    const maker = await colleague(base, ['reports.reports'])
    const other = await colleague(base)
    const input = { name: name(), definition: contacts({ columns: ['contact', 'createdAt'] }) }
    const { saveReport } = await maker.ask(save, { input })
    expect(saveReport).toMatchObject({ version: 1, own: true, definition: { columns: ['contact', 'createdAt'] } })
    const { id } = saveReport
    expect((await maker.fail(save, { input })).code).toBe('INVALID_INPUT')
    expect((await other.ask(one, { id })).report).toBeNull()
    for (const query of [
      remove,
      run.replace('$report: ReportReference!', '$id: ID!').replace('report: $report', 'report: { id: $id }'),
    ])
      expect((await other.fail(query, { id })).code).toMatch(/NOT_FOUND|FORBIDDEN/)
    const renamed = { id, version: 1, name: name(), description: 'What for' }
    expect((await maker.ask(update, { input: renamed })).updateReport).toMatchObject({ version: 2, name: renamed.name })
    expect((await maker.fail(update, { input: renamed })).code).toBe('CONFLICT')
    const unsaved = await other.fail(save, { input: { name: 'x', definition: contacts() } })
    expect(unsaved.code).toBe('FORBIDDEN')
    expect((await maker.ask(remove, { id })).deleteReport).toBe(true)
    expect((await maker.ask(one, { id })).report).toBeNull()
    const entries = await desk.database.systemAuditEntry.findMany({ where: { entity: 'Report', entityId: id } })
    expect(entries.map(({ action }) => action)).toEqual(['created', 'updated', 'removed'])
  })

  it('says what is wrong with it', async () => {
    const faults = async (definition: object): Promise<Data> => {
      const found = await desk.fail(save, { input: { name: name(), definition } })
      return [found.code, ...(found.faults ?? []).map(({ field }: Data) => field)]
    }
    expect(await faults({ source: 'nothing' })).toEqual(['INVALID_INPUT', 'definition.source'])
    expect(await faults(contacts({ groupBy: ['familyName:month'] }))).toEqual(['INVALID_INPUT', 'definition.groupBy'])
    expect(await faults(contacts({ groupBy: ['tags'] }))).toEqual(['INVALID_INPUT', 'definition.groupBy'])
    expect(await faults(contacts({ orderBy: [{ column: 'nope', direction: 'ASC' }] }))).toEqual([
      'INVALID_INPUT',
      'definition.orderBy',
    ])
    expect(await faults({ source: 'grounds', parameters: { days: 0, other: 1, state: 'x' } })).toEqual([
      'INVALID_INPUT',
      'parameters.other',
      'parameters.state',
      'parameters.days',
    ])
    expect(await faults({ source: 'grounds', parameters: { purpose: 'none.such' } })).toEqual([
      'INVALID_INPUT',
      'parameters',
    ])
    expect(await faults({ source: 'security-review', filter: { tags: { isEmpty: true } } })).toEqual([
      'INVALID_INPUT',
      'definition.filter',
    ])
    expect(await faults(contacts({ columns: Array.from({ length: 61 }, () => 'contact') }))).toEqual([
      'INVALID_INPUT',
      'definition.columns',
    ])
  })

  it('names nobody, since it would outlast whom it names', async () => {
    await desk.define('private_mail', 'EMAIL')
    await desk.define('member', 'TEXT', { unique: true })
    await desk.define('spouse', 'TEXT')
    await desk.define('size', 'CHOICE', { options: [{ value: 'large' }] })
    const filters: [object, string][] = [
      [{ familyName: { equals: 'Lovelace' } }, 'familyName'],
      [{ and: [{ not: { displayName: { contains: 'Ada' } } }] }, 'and.0.not.displayName'],
      [{ emails: { address: { equals: 'ada@example.org' } } }, 'emails.address'],
      [{ phones: { number: { startsWith: '+4930' } } }, 'phones.number'],
      [{ addresses: { street: { contains: 'Hauptstraße 1' } } }, 'addresses.street'],
      [{ birthDate: { equals: '1815-12-10' } }, 'birthDate.equals'],
      [
        { customFields: [{ key: 'private_mail', is: { text: { equals: 'ada@example.org' } } }] },
        'customFields.private_mail',
      ],
      [{ customFields: [{ key: 'member', is: { text: { in: ['4711'] } } }] }, 'customFields.member'],
      [{ customFields: [{ key: 'spouse', is: { text: { contains: 'Byron' } } }] }, 'customFields.spouse'],
      [{ organisation: { equals: 'Ada Lovelace, sole trader' } }, 'organisation'],
    ]
    for (const [filter, field] of filters) {
      const refused = await desk.fail(save, { input: { name: name(), definition: contacts({ filter }) } })
      expect(refused.faults.map(({ field: place }: Data) => place)).toEqual([`definition.filter.${field}`])
      // It can be tried all the same.
      await desk.run({ definition: contacts({ filter }) })
    }
    const { definition } = await desk.save(name(), {
      ...contacts(),
      filter: {
        emails: { address: { contains: '@example.org' } },
        familyName: { isEmpty: false },
        addresses: { city: { equals: 'Berlin' } },
        createdAt: { from: inDays(-10) },
        customFields: [
          { key: 'member', is: { empty: false } },
          { key: 'size', is: { text: { equals: 'large' } } },
        ],
      },
    })
    expect(definition.filter.emails.address.contains).toBe('@example.org')
  })

  it('takes conditions that name somebody when it is run, for that once, beyond its own', async () => {
    const tags = ['narrowed']
    const [ada, charles] = await Promise.all([
      desk.person({ familyName: 'Lovelace', tags }),
      desk.person({ familyName: 'Babbage', tags }),
    ])
    const other = await desk.person({ familyName: 'Lovelace' })
    const definition = contacts({ columns: ['contact'], filter: { tags: { hasAny: tags } }, groupBy: ['familyName'] })
    const report = { id: (await desk.save(name(), definition)).id }
    const filter = { familyName: { equals: 'Lovelace' } }
    const narrowed = `query ($report: ReportReference!, $filter: ContactFilter) {
      runReport(report: $report, filter: $filter) { totalCount rows { contactId } }
      reportGroups(report: $report, filter: $filter) { count } }`
    const ids = async (variables: object) =>
      (await desk.ask(narrowed, variables)).runReport.rows.map((row: Data) => row.contactId)
    expect(await ids({ report, filter })).toEqual([ada])
    expect(await ids({ report })).toHaveLength(2)
    const tried = { definition: contacts({ groupBy: ['familyName'] }) }
    expect(new Set(await ids({ report: tried, filter }))).toEqual(new Set([ada, other]))
    expect((await ids({ report, filter: { not: filter } })).concat(ada)).toEqual([charles, ada])
    const { reportGroups } = await desk.ask(narrowed, { report, filter })
    expect(reportGroups).toEqual([{ count: 1 }])
    const reader = await colleague([...base, 'contacts.tags'])
    await desk.ask(share, { id: report.id, roles: [reader.role] })
    expect((await reader.fail(narrowed, { report, filter })).code).toBe('FORBIDDEN')
    expect((await desk.fail(narrowed, { report: { key: 'security-review' }, filter })).code).toBe('INVALID_INPUT')
  })
})

describe('a report that is shared', () => {
  it('runs by the rights of whoever reads it: what they may not read is left out', async () => {
    await desk.define('salary', 'INTEGER')
    const id = await desk.person({
      familyName: 'Lovelace',
      birthDate: '1985-12-10',
      organisation: 'Engines',
      customFields: [{ key: 'salary', value: { integer: 5000 } }],
    })
    const columns = ['familyName', 'birthDate', 'organisation', 'email', 'customFields.salary', 'customFields.none']
    const filter = { tags: { isEmpty: true }, createdAt: { from: inDays(-1) } }
    const report = await desk.save(name(), contacts({ columns, filter }))
    const reader = await colleague([...base, 'contacts.name', 'contacts.tags'])
    const sharer = await colleague(['identity.roles', ...base], ['reports.shared'])
    expect((await reader.fail(run, { report: { id: report.id } })).code).toBe('NOT_FOUND')
    await desk.ask(share, { id: report.id, roles: [reader.role] })
    const own = await desk.run({ id: report.id }, { first: 500 })
    expect(own.gone).toEqual(['customFields.none'])
    const mine = own.rows.find(({ contactId }: Data) => contactId === id)
    expect(cellsOf(mine)).toMatchObject({ birthDate: '1985-12-10', 'customFields.salary': 5000 })
    const { runReport: theirs } = await reader.ask(run, { report: { id: report.id }, first: 500 })
    expect(theirs.columns.map(({ key }: Data) => key)).toEqual(['familyName'])
    // Of a custom field, whether there is one or not.
    expect([theirs.withheld, theirs.gone]).toEqual([columns.slice(1), []])
    expect(JSON.stringify(theirs)).not.toMatch(/1985-12-10|Engines|5000/)
    expect((await reader.ask(one, { id: report.id })).report).toMatchObject({ own: false, name: report.name })
    const { reports } = await reader.ask(listed.replace('sharedWith { key }', ''))
    expect(reports.filter(({ id: its }: Data) => its).map(({ id: its }: Data) => its)).toEqual([report.id])
    for (const query of [update, share])
      expect(
        (await reader.fail(query, { id: report.id, roles: [], input: { id: report.id, version: 2, name: 'Mine' } }))
          .code,
      ).toMatch(/FORBIDDEN|BAD_USER_INPUT/)
    // Who decides over sharing takes it back; from then on nobody else finds it.
    await sharer.ask(share, { id: report.id, roles: [] })
    expect((await reader.fail(run, { report: { id: report.id } })).code).toBe('NOT_FOUND')
    expect((await sharer.fail(share, { id: report.id, roles: [reader.role] })).code).toBe('NOT_FOUND')
  })

  it('is refused where it filters, sorts or groups by what the reader may not read, and its filter is not shown', async () => {
    await desk.define('rating', 'INTEGER')
    const reader = await colleague(base)
    const ways: [object, string, string][] = [
      [{ filter: { birthDate: { from: '1990-01-01' } } }, 'definition.filter.birthDate', 'contacts.birthDate'],
      [{ filter: { or: [{ not: { phones: {} } }] } }, 'definition.filter.or.0.not.phones', 'contacts.phone'],
      [{ filter: { withoutBasis: true } }, 'definition.filter.withoutBasis', 'lawfulness.basis'],
      [{ orderBy: [{ column: 'birthDate', direction: 'ASC' }] }, 'definition.orderBy.0', 'contacts.birthDate'],
      [{ groupBy: ['createdAt:month', 'birthDate:year'] }, 'definition.groupBy.1', 'contacts.birthDate'],
      [{ groupBy: ['city'] }, 'definition.groupBy.0', 'contacts.address'],
      [{ groupBy: ['customFields.rating'] }, 'definition.groupBy.0', 'fields.rating'],
      [
        { filter: { customFields: [{ key: 'rating', is: { number: { from: '3' } } }] } },
        'customFields.key',
        'fields.rating',
      ],
      [{ parameters: { withoutBasis: true } }, 'parameters.withoutBasis', 'lawfulness.basis'],
    ]
    for (const [definition, path, right] of ways) {
      const report = await desk.save(name(), contacts(definition))
      await desk.ask(share, { id: report.id, roles: [reader.role] })
      const groupsOf = 'query ($report: ReportReference!) { reportGroups(report: $report) { count } }'
      for (const query of [run, groupsOf]) {
        const refused = await reader.fail(query, { report: { id: report.id } })
        expect([refused?.code, refused?.denied]).toEqual(['FORBIDDEN', [{ path, access: 'read', right }]])
      }
      const filtered = 'filter' in definition
      expect((await reader.ask(one, { id: report.id })).report.definition === null).toBe(filtered)
      // Tried by themselves, it is refused before anything else.
      expect((await reader.fail(run, { report: { definition: contacts(definition) } })).code).toBe('FORBIDDEN')
    }
  })

  it('answers the same about custom fields that there are and that there are none of', async () => {
    await desk.define('there', 'INTEGER')
    const reader = await colleague(base)
    const answer = async (key: string) => {
      const column = `customFields.${key}`
      const answers = await Promise.all(
        [{ groupBy: [column] }, { orderBy: [{ column, direction: 'ASC' }] }, { columns: [column] }].map(async (way) => {
          const { data, errors } = await reader.look(run, { report: { definition: contacts(way) } })
          const { requestId: _, ...refusal } = errors['runReport'] ?? {}
          return [refusal, data?.runReport?.withheld, data?.runReport?.gone]
        }),
      )
      return JSON.stringify(answers).replaceAll(key, 'KEY')
    }
    const there = await answer('there')
    expect(there).toContain('FORBIDDEN')
    expect(await answer('nowhere')).toBe(there)
  })

  it('counts and shows whom the reader sees alone, in groups, too', async () => {
    const [shown, hidden] = ['shown-to-bound', 'hidden-from-bound']
    for (const key of [shown, hidden]) await desk.createPurpose({ key })
    const city = 'Zittau'
    const addresses = [{ city }]
    const [seen, unseen] = await Promise.all([desk.person({ addresses }), desk.person({ addresses })])
    await desk.record({ contactId: seen, purpose: shown, ground: 'CONTRACT' })
    await desk.record({ contactId: unseen, purpose: hidden, ground: 'CONTRACT' })
    const filter = { addresses: { city: { equals: city } } }
    const report = await desk.save(name(), contacts({ columns: ['contact', 'city'], filter, groupBy: ['city'] }))
    const bound = await colleague([...base, 'contacts.address', 'lawfulness.basis'], [], [shown])
    await desk.ask(share, { id: report.id, roles: [bound.role] })
    expect(await desk.groups({ id: report.id })).toEqual([[city, 2]])
    const { runReport, reportGroups } = await bound.ask(
      `query ($id: ID!) { runReport(report: { id: $id }) { totalCount rows { contactId } }
        reportGroups(report: { id: $id }) { count } }`,
      { id: report.id },
    )
    expect(runReport).toEqual({ totalCount: 1, rows: [{ contactId: seen }] })
    expect(reportGroups).toEqual([{ count: 1 }])
    const sources = ['grounds', 'consents', 'requests', 'erasures-ahead', 'disclosures'].map((source) => ({ source }))
    const reading = await colleague(
      [
        ...base,
        'lawfulness.basis',
        'requests.requests',
        'erasure.erasures',
        'retention.proposals',
        'audit.log',
        'erasure.restricted',
      ],
      [],
      ['shown-to-bound'],
    )
    for (const definition of sources) {
      const { runReport: found } = await reading.ask(run, { report: { definition }, first: 500 })
      expect(found.rows.filter(({ contactId }: Data) => contactId !== seen)).toEqual([])
      expect(found.totalCount).toBe(found.rows.length)
    }
  })
})

describe('what changed since it was saved', () => {
  it('a field that was removed: its column is gone, and what goes by it says so', async () => {
    await desk.define('brief', 'CHOICE', { options: [{ value: 'a' }] })
    const column = 'customFields.brief'
    const shown = await desk.save(name(), contacts({ columns: ['contact', column] }))
    const sorted = await desk.save(name(), contacts({ orderBy: [{ column, direction: 'ASC' }] }))
    const grouped = await desk.save(name(), contacts({ groupBy: [column] }))
    const filtered = await desk.save(
      name(),
      contacts({ filter: { customFields: [{ key: 'brief', is: { empty: true } }] } }),
    )
    await desk.ask('mutation { retireField(key: "brief") { key } }')
    expect((await desk.run({ id: shown.id })).columns.map(({ key }: Data) => key)).toContain(column)
    // As after a backup was restored from before there was the field.
    await pastTheGuards(desk.config.databaseUrl ?? '', "DELETE FROM field_definition WHERE key = 'brief'")
    forgetDefinitions(desk.database)
    const { columns, gone, withheld } = await desk.run({ id: shown.id })
    expect([columns.map(({ key }: Data) => key), gone, withheld]).toEqual([['contact'], [column], []])
    for (const { id } of [sorted, grouped, filtered]) {
      expect((await desk.fail(run, { report: { id } })).code).toBe('INVALID_INPUT')
      // It can still be looked at, mended and removed.
      expect((await desk.ask(one, { id })).report.definition).not.toBeNull()
      await desk.ask(update, { input: { id, version: 1, definition: contacts() } })
      await desk.run({ id })
    }
  })

  it('a purpose that was retired: nobody’s ground for it lapses any more, and who may be processed for it is nobody', async () => {
    const key = 'soon-retired'
    await desk.createPurpose({ key })
    const contactId = await desk.person()
    await desk.record({ contactId, purpose: key, ground: 'CONTRACT', validUntil: inDays(3) })
    const grounds = await desk.save(name(), { source: 'grounds', parameters: { state: 'lapsing', purpose: key } })
    const lawful = await desk.save(name(), contacts({ parameters: { lawfulFor: key } }))
    expect((await desk.run({ id: grounds.id })).totalCount).toBe(1)
    expect((await desk.run({ id: lawful.id })).totalCount).toBe(1)
    await desk.ask('mutation ($key: String!) { retirePurpose(key: $key) { key } }', { key })
    for (const { id } of [grounds, lawful]) expect((await desk.run({ id })).totalCount).toBe(0)
    const without = await desk.run({ key: 'without-basis' }, { first: 500 })
    expect(without.rows.map((row: Data) => row.contactId)).toContain(contactId)
  })

  it('somebody’s ground that is restricted: who is bound does not see them any more', async () => {
    const key = 'restricted-later'
    await desk.createPurpose({ key })
    const contactId = await desk.person()
    await desk.record({ contactId, purpose: key, ground: 'CONTRACT', validUntil: inDays(3) })
    const bound = await colleague([...base, 'lawfulness.basis'], [], [key])
    const report = { definition: { source: 'grounds', parameters: { state: 'lapsing' } } }
    expect((await bound.ask(run, { report })).runReport.totalCount).toBe(1)
    const [restricted] = (
      await desk.ask('mutation ($input: ReceiveSubjectRequestInput!) { receiveSubjectRequest(input: $input) { id } }', {
        input: { contactId, kinds: ['RESTRICTION'], channel: 'LETTER', statement: 'Stop.', verification: 'IN_PERSON' },
      })
    ).receiveSubjectRequest
    await desk.ask('mutation ($id: ID!) { fulfilSubjectRequest(id: $id) { id } }', { id: restricted.id })
    expect((await bound.ask(run, { report })).runReport.totalCount).toBe(0)
    expect((await desk.run({ key: 'lapsing' }, { parameters: { purpose: key } })).totalCount).toBe(1)
  })
})

it('refuses cursors of other reports, and pages that are none', async () => {
  await Promise.all([desk.person(), desk.person(), desk.person()])
  const by = (column: string) => ({ definition: contacts({ orderBy: [{ column, direction: 'ASC' }] }) })
  const { endCursor } = await desk.run(by('createdAt'), { first: 1 })
  expect((await desk.run(by('createdAt'), { first: 1, after: endCursor })).rows).toHaveLength(1)
  expect((await desk.fail(run, { report: by('updatedAt'), first: 1, after: endCursor })).code).toBe('BAD_CURSOR')
  expect((await desk.fail(run, { report: by('createdAt'), first: -1 })).code).toBe('INVALID_INPUT')
  expect((await desk.fail(run, { report: { key: 'security-review' }, after: 'none' })).code).toBe('BAD_CURSOR')
})

it('is open to people who may run reports, and to no others', async () => {
  const outsider = await desk.signInWith(grants(['contacts.contact', 'contacts.name']))
  for (const query of [
    '{ reports { key } }',
    '{ reportSources { key } }',
    '{ runReport(report: { key: "lapsing" }) { gone } }',
  ])
    expect((await outsider.fail(query)).code).toBe('FORBIDDEN')
  const reader = await desk.signInWith(grants(['reports.reports', 'contacts.contact']))
  const { reports } = await reader.ask('{ reports { key } }')
  expect(reports).toEqual([])
  expect((await reader.fail(run, { report: { key: 'lapsing' } })).right).toBe('lawfulness.basis')
  expect((await reader.ask('{ report(key: "lapsing") { name } }')).report).toBeNull()
})
