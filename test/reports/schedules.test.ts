import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { notesOf } from '../../src/modules/audit/verify/anchors.ts'
import { pastTheGuards } from '../support/database.ts'
import { openPostOffice, type PostOffice, scheduleFields } from './schedules-support.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

let office: PostOffice
beforeAll(async () => {
  office = await openPostOffice()
  office.start()
})
afterAll(() => office.close())
beforeEach(() => {
  office.server.judge.recipient = () => 'take'
})

const reading = [{ right: 'reports.reports' }, { right: 'contacts.*' }, { right: 'lawfulness.*' }]
const cron = '0 8 * * *'

/** Lets a schedule take its turn, once, and everything be sent. Returns what became of its mails, the newest first. */
async function send(id: string): Promise<Data[]> {
  await office.turns(await office.dueMoment(id))
  await office.settle()
  return (await office.look(id)).mailings
}

const change = async (id: string, input: object) => {
  const { version } = await office.look(id)
  const query = `mutation ($input: UpdateReportScheduleInput!) { updateReportSchedule(input: $input) { ${scheduleFields} } }`
  return (await office.ask(query, { input: { id, version, ...input } })).updateReportSchedule
}

const last = (address: string) => office.takenFor(address).at(-1)

const purposeOf = async (key: string) => {
  const names = [{ language: 'en', text: key }]
  const input = { key, names, grounds: ['CONTRACT', 'CONSENT'] }
  await office.ask('mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }', { input })
  return { parameters: { purpose: key, days: 30 }, purpose: key }
}

describe('a mail with a report', () => {
  test('has counts and a link that runs it, in the language of its reader, and nothing of anybody', async () => {
    const { parameters, purpose } = await purposeOf('counted')
    await office.lapsing(3, purpose)
    await office.lapsing(4, purpose)
    const kim = await office.user(reading)
    const recipients = [{ user: globalUser(office.me) }, { user: globalUser(kim.id), language: 'DE' }]
    const { id } = await office.schedule({ cron, parameters, recipients })
    expect(await send(id)).toMatchObject([{ state: 'SENT' }, { state: 'SENT' }])
    const [english, german] = [last(office.adminAddress), last(kim.email)]
    expect([english?.subject, german?.subject]).toEqual([
      'Report “Legal grounds about to lapse”: 2',
      'Bericht „Rechtsgrundlagen, die bald ablaufen“: 2',
    ])
    expect(german?.text).toContain('hat zurzeit 2 Zeilen')
    expect(german?.html).toContain('<html lang="de">')
    for (const mail of [english, german]) {
      expect(`${mail?.text}${mail?.html}`).not.toMatch(/Ida|person\d+@/)
      expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
    }
    const link = new URL(/https:\S+/.exec(german?.text ?? '')?.[0] ?? '')
    expect(link.pathname).toBe('/graphql')
    const { data, errors } = await office.graphql(link.searchParams.get('query') ?? '', {}, kim.token)
    expect(errors).toBeUndefined()
    expect(data.runReport).toMatchObject({
      totalCount: 2,
      columns: expect.arrayContaining([{ key: 'displayName', name: 'Name' }]),
    })
    // Whoever is not signed in gets there by way of signing in.
    const visit = await office.http(`${link.pathname}${link.search}`, { headers: { accept: 'text/html' } })
    expect(visit.headers.get('location')).toContain('/sign-in?next=')
  })

  test('counts by what is about nobody, in words of its reader, and by nothing that is about a person', async () => {
    const { parameters, purpose } = await purposeOf('grouped')
    await office.lapsing(3, purpose)
    const reports = async (definition: object) => {
      const save = 'mutation ($input: SaveReportInput!) { saveReport(input: $input) { id } }'
      return (await office.ask(save, { input: { name: `Grouped ${office.key()}`, definition } })).saveReport.id
    }
    const recipients = [{ user: globalUser(office.me), language: 'DE' }]
    const grounds = { source: 'grounds', parameters: { state: 'lapsing', ...parameters } }
    const text = async (input: object) => {
      await send((await office.schedule({ cron, recipients, ...input })).id)
      return last(office.adminAddress)?.text ?? ''
    }
    expect(await text({ parameters })).toContain(
      '• binnen 7 Tagen, grouped, Vertrag (Art. 6 Abs. 1 Buchst. b DSGVO): 1',
    )
    const byMonth = await reports({ ...grounds, groupBy: ['validUntil:month', 'restricted'] })
    expect(await text({ report: { id: byMonth } })).toMatch(/• \p{L}+ 20\d\d, nein: 1/u)
    for (const groupBy of [['familyName'], ['birthDate:year'], ['validUntil'], ['city', 'purpose'], ['language']]) {
      const report = await reports({ ...grounds, groupBy })
      expect([groupBy, await text({ report: { id: report } })]).toEqual([groupBy, expect.not.stringContaining('•')])
    }
  })

  test('tells how it is when it is sent: who was renewed a minute before is not counted', async () => {
    const { parameters, purpose } = await purposeOf('renewed')
    const [ida, jo] = [await office.lapsing(3, purpose), await office.lapsing(4, purpose)]
    const { id } = await office.schedule({ cron, parameters })
    office.server.judge.recipient = () => ({ code: 451 })
    await office.turns(await office.dueMoment(id))
    await expect
      .poll(() => office.look(id))
      .toMatchObject({ mailings: [{ state: 'QUEUED', reason: expect.stringContaining('451') }] })
    await office.renew(ida)
    office.server.judge.recipient = () => 'take'
    await office.settle()
    expect(last(office.adminAddress)?.subject).toBe('Report “Legal grounds about to lapse”: 1')

    office.server.judge.recipient = () => ({ code: 451 })
    await office.turns(await office.dueMoment(id))
    await expect
      .poll(() => office.look(id))
      .toMatchObject({ mailings: [{ state: 'QUEUED', reason: expect.stringContaining('451') }, {}] })
    await office.renew(jo)
    office.server.judge.recipient = () => 'take'
    await office.settle()
    expect((await office.look(id)).mailings[0]).toMatchObject({ state: 'CANCELLED', reason: 'nothing_to_say' })
  })

  test('comes although there is nothing to say only where that was asked for', async () => {
    const { parameters } = await purposeOf('empty')
    const { id } = await office.schedule({ cron, parameters })
    expect(await send(id)).toMatchObject([{ state: 'CANCELLED', reason: 'nothing_to_say' }])
    await change(id, { evenIfEmpty: true })
    expect(await send(id)).toMatchObject([{ state: 'SENT' }, {}])
    expect(last(office.adminAddress)?.subject).toMatch(/: 0$/)
  })

  test('to the data-protection officer brings the newest checkpoint of the log, and to nobody else', async () => {
    const { parameters, purpose } = await purposeOf('anchored')
    await office.lapsing(3, purpose)
    const kim = await office.user(reading)
    const officer = await office.user([...reading, { right: 'audit.log' }])
    const recipients = [kim, officer].map(({ id }) => ({ user: globalUser(id) }))
    const { id } = await office.schedule({ cron, parameters, recipients })
    await expect.poll(async () => (await office.ask('{ auditCheckpoint { size } }')).auditCheckpoint).toBeTruthy()
    await send(id)
    expect(last(kim.email)?.attachments).toEqual([])
    const [file] = last(officer.email)?.attachments ?? []
    expect(file?.filename).toBe('checkpoint.txt')
    const [note] = notesOf(file?.content.toString() ?? '')
    const known = await office.database.auditCheckpoint.findMany({ select: { note: true } })
    expect(known.map((one) => one.note)).toContain(note)
  })
})

describe('somebody who enters the report', () => {
  test('is told of once, and again when they come back; who was in it from the start is not', async () => {
    const { parameters, purpose } = await purposeOf('entered')
    await office.lapsing(3, purpose)
    const { id } = await office.schedule({ cron: null, parameters })
    expect(await send(id)).toEqual([])
    expect(await send(id)).toEqual([])
    const jo = await office.lapsing(5, purpose)
    const kim = await office.lapsing(6, purpose)
    expect(await send(id)).toMatchObject([{ state: 'SENT' }])
    expect(last(office.adminAddress)).toMatchObject({
      subject: 'Report “Legal grounds about to lapse”: 2 new',
      text: expect.stringContaining('2 contacts have entered'),
    })
    expect(await send(id)).toHaveLength(1)
    await office.renew(jo)
    expect(await send(id)).toHaveLength(1)
    await office.lapsingAgain(jo)
    expect(await send(id)).toMatchObject([{ state: 'SENT' }, {}])
    expect(last(office.adminAddress)?.subject).toBe('Report “Legal grounds about to lapse”: 1 new')
    expect(await send(id)).toHaveLength(2)
    await office.erase(kim.id)
    expect(await office.database.reportPresence.count({ where: { id } })).toBe(2)
    expect(await send(id)).toHaveLength(2)
  })

  test('is told of to those who see them, by the rights that they have then', async () => {
    const { parameters, purpose } = await purposeOf('seen')
    const bound = await office.user(reading, ['surveys'])
    const recipients = [office.me, bound.id].map((user) => ({ user: globalUser(user) }))
    const { id } = await office.schedule({ cron: null, parameters, recipients })
    await send(id)
    const jo = await office.lapsing(5, purpose)
    await office.lapsing(6, purpose)
    await office.ground(jo.id, 'surveys')
    await send(id)
    expect(last(office.adminAddress)?.subject).toMatch(/: 2 new$/)
    expect(last(bound.email)?.subject).toMatch(/: 1 new$/)
    await office.lapsing(7, purpose)
    const states = (await send(id)).slice(0, 2).map(({ state, reason }) => `${state} ${reason ?? ''}`.trim())
    expect(states.toSorted()).toEqual(['CANCELLED nothing_to_say', 'SENT'])
  })

  test('is missed by nobody, however many they are', async () => {
    const { parameters, purpose } = await purposeOf('many')
    const { id } = await office.schedule({ cron: null, parameters })
    await send(id)
    // In pieces of 5000, whose bounds are where ids of contacts come and go.
    const all = await office.manyLapsing(12_001, purpose)
    expect(await send(id)).toMatchObject([{ state: 'SENT' }])
    expect(last(office.adminAddress)?.subject).toMatch(/: 12001 new$/)
    expect(await send(id)).toHaveLength(1)
    const left = [all[0], all[4999], all[5000], all[9999], all[12_000]].flatMap((one) => one ?? [])
    await office.pause(left, true)
    expect(await send(id)).toHaveLength(1)
    expect(await office.database.reportPresence.count({ where: { id } })).toBe(12_001 - left.length)
    await office.pause(left, false)
    expect(await send(id)).toMatchObject([{ state: 'SENT' }, {}])
    expect(last(office.adminAddress)?.subject).toMatch(/: 5 new$/)
  })

  test('and has left it before the mail goes is not told of', async () => {
    const { parameters, purpose } = await purposeOf('left')
    const { id } = await office.schedule({ cron: null, parameters })
    await send(id)
    const jo = await office.lapsing(5, purpose)
    office.server.judge.recipient = () => ({ code: 451 })
    await office.turns(await office.dueMoment(id))
    await expect.poll(() => office.look(id)).toMatchObject({ mailings: [{ reason: expect.stringContaining('451') }] })
    await office.renew(jo)
    office.server.judge.recipient = () => 'take'
    await office.settle()
    expect((await office.look(id)).mailings).toMatchObject([{ state: 'CANCELLED', reason: 'nothing_to_say' }])
  })

  test('is nobody in a report that is not about contacts', async () => {
    const refused = await create({ report: { key: 'security-review' }, cron: null })
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field: 'input.report' }] })
  })
})

/** What is refused about a schedule. */
async function create(input: object, token = office.token): Promise<Data> {
  const query = 'mutation ($input: CreateReportScheduleInput!) { createReportSchedule(input: $input) { id } }'
  const usual = { name: `Refused ${office.key()}`, report: { key: 'lapsing' }, timeZone: 'Europe/Berlin', cron }
  const given = { ...usual, recipients: [{ user: globalUser(office.me) }], ...input }
  const { data, errors } = await office.graphql(query, { input: given }, token)
  return errors?.[0]?.extensions ?? data
}

/** The `id` of a user as GraphQL has it. */
const globalUser = (id: string) => (id.includes('-') ? Buffer.from(`User:${id}`).toString('base64') : id)

describe('a schedule whose owner', () => {
  const owning = [...reading, { right: 'reports.schedules', write: true }]
  const owned = async () => {
    const { parameters, purpose } = await purposeOf(`owned-${office.key()}`)
    await office.lapsing(3, purpose)
    const owner = await office.user(owning)
    const input = { cron, parameters, recipients: [{ user: globalUser(office.me) }] }
    return { owner, purpose, ...(await office.schedule(input, owner.token)) }
  }
  const disable = (id: string) =>
    office.ask('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id: globalUser(id) })
  const revoke = (role: string, right: string) =>
    office.ask(
      'mutation ($role: ID!, $right: String!) { revokeRight(role: $role, right: $right, read: true, write: true) { id } }',
      { role, right },
    )

  test.each([
    ['was disabled', 'OWNER_GONE', async ({ id }: Data) => disable(id)],
    ['may have none any more', 'OWNER_RIGHTS', async ({ role }: Data) => revoke(role, 'reports.schedules')],
    ['may not read the report any more', 'REPORT_GONE', async ({ role }: Data) => revoke(role, 'lawfulness.*')],
  ])('%s sends nothing, and says so', async (_why, trouble, end) => {
    const { id, owner } = await owned()
    await office.turns(await office.dueMoment(id))
    await office.settle()
    const before = (await office.look(id)).mailings.length
    expect(before).toBe(1)
    office.server.judge.recipient = () => ({ code: 451 })
    await office.turns(await office.dueMoment(id)) // Queued, and not sent yet.
    await expect
      .poll(() => office.look(id))
      .toMatchObject({ mailings: [{ state: 'QUEUED', reason: expect.stringContaining('451') }, {}] })
    await end(owner)
    office.server.judge.recipient = () => 'take'
    await office.settle()
    expect((await office.look(id)).mailings[0]).toMatchObject({ state: 'CANCELLED', reason: trouble.toLowerCase() })
    await office.turns(await office.dueMoment(id))
    expect(await office.look(id)).toMatchObject({ trouble, mailings: { length: 2 } })
  })
})

describe('a recipient', () => {
  test('who sees less than the owner is told of less, and who may not run reports of nothing', async () => {
    const { parameters, purpose } = await purposeOf('bounded')
    const seen = await office.lapsing(3, purpose)
    await office.lapsing(4, purpose)
    await office.ground(seen.id, 'surveys')
    const bound = await office.user(reading, ['surveys'])
    const blind = await office.user([{ right: 'contacts.*' }])
    const recipients = [office.me, bound.id, blind.id].map((user) => ({ user: globalUser(user) }))
    const { id } = await office.schedule({ cron, parameters, recipients })
    const states = (await send(id)).map(({ state, reason }) => `${state} ${reason ?? ''}`.trim())
    expect(states.toSorted()).toEqual(['CANCELLED recipient_rights', 'SENT', 'SENT'])
    expect(last(office.adminAddress)?.subject).toMatch(/: 2$/)
    expect(last(bound.email)?.subject).toMatch(/: 1$/)
    expect(office.takenFor(blind.email)).toEqual([])
  })

  test('who was disabled meanwhile, or taken out, gets nothing', async () => {
    const { parameters, purpose } = await purposeOf('disabled')
    await office.lapsing(3, purpose)
    const [gone, out] = [await office.user(reading), await office.user(reading)]
    const recipients = [gone, out].map(({ id }) => ({ user: globalUser(id) }))
    const { id } = await office.schedule({ cron, parameters, recipients })
    office.server.judge.recipient = () => ({ code: 451 })
    await office.turns(await office.dueMoment(id))
    const queued = { state: 'QUEUED', reason: expect.stringContaining('451') }
    await expect.poll(() => office.look(id)).toMatchObject({ mailings: [queued, queued] })
    await office.ask('mutation ($id: ID!) { disableUser(id: $id) { id } }', { id: globalUser(gone.id) })
    await change(id, { recipients: [{ user: globalUser(office.me) }] })
    office.server.judge.recipient = () => 'take'
    await office.settle()
    expect([...office.takenFor(gone.email), ...office.takenFor(out.email)]).toEqual([])
  })

  test('without an account has to be allowed by an administrator', async () => {
    const { parameters, purpose } = await purposeOf('outside')
    await office.lapsing(3, purpose)
    const input = { address: 'Officer@outside.example', name: 'Officer', language: 'DE' }
    const allow = 'mutation ($input: AllowReportAddressInput!) { allowReportAddress(input: $input) { id address } }'
    const kim = await office.user([...reading, { right: 'reports.schedules', write: true }])
    const { errors } = await office.graphql(allow, { input }, kim.token)
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
    expect(await create({ recipients: [{ address: office.key() }] })).toMatchObject({ code: 'INVALID_INPUT' })
    const { id: address } = (await office.ask(allow, { input })).allowReportAddress
    const { id } = await office.schedule({ cron, parameters, recipients: [{ address }] }, kim.token)
    expect(await send(id)).toMatchObject([{ state: 'SENT' }])
    expect(last('officer@outside.example')).toMatchObject({ subject: expect.stringMatching(/^Bericht .*: 1$/) })
    expect(last('officer@outside.example')?.text).not.toContain('https://')
    await office.ask('mutation ($id: ID!) { forgetReportAddress(id: $id) }', { id: address })
    await office.turns(await office.dueMoment(id))
    expect((await office.look(id)).mailings).toHaveLength(1)
  })
})

describe('a recipient whose mails come back', () => {
  test('gets no more, which the schedule says, until their address is mended', async () => {
    const { parameters, purpose } = await purposeOf('bounced')
    await office.lapsing(3, purpose)
    const kim = await office.user(reading)
    const allow =
      'mutation ($input: AllowReportAddressInput!) { allowReportAddress(input: $input) { id undeliverableAt } }'
    const outside = { address: 'gone@outside.example', name: 'Officer', language: 'EN' }
    const { id: address } = (await office.ask(allow, { input: outside })).allowReportAddress
    const recipients = [{ user: globalUser(office.me) }, { user: globalUser(kim.id) }, { address }]
    const { id } = await office.schedule({ cron, parameters, recipients })
    office.server.judge.recipient = ({ address }) =>
      address === office.adminAddress ? 'take' : { code: 550, text: '5.1.1 no such user' }
    const first = await send(id)
    expect(first.map(({ state }: Data) => state).toSorted()).toEqual(['FAILED', 'FAILED', 'SENT'])
    office.server.judge.recipient = () => 'take'
    const query = `{ reportSchedules { id trouble recipients { undeliverableAt } mailings { bouncedAt reason } } reportAddresses { undeliverableAt } }`
    const { reportSchedules, reportAddresses } = await office.ask(query)
    const told = reportSchedules.find((one: Data) => one.id === id)
    expect(told.trouble).toBe('UNDELIVERABLE')
    expect(told.recipients.filter((one: Data) => one.undeliverableAt)).toHaveLength(2)
    expect(told.mailings.filter((one: Data) => one.bouncedAt)).toHaveLength(2)
    expect(reportAddresses.some((one: Data) => one.undeliverableAt)).toBe(true)

    const second = (await send(id)).slice(0, 3).map(({ state, reason }: Data) => `${state} ${reason ?? ''}`.trim())
    expect(second.toSorted()).toEqual(['CANCELLED undeliverable', 'CANCELLED undeliverable', 'SENT'])
    const update = 'mutation ($id: ID!, $email: String!) { updateUser(id: $id, input: { email: $email }) { id } }'
    await office.ask(update, { id: globalUser(kim.id), email: `new.${kim.email}` })
    expect(await office.ask(allow, { input: outside })).toEqual({
      allowReportAddress: { id: address, undeliverableAt: null },
    })
    expect((await office.look(id)).trouble).toBeNull()
    expect((await send(id)).slice(0, 3)).toMatchObject([{ state: 'SENT' }, { state: 'SENT' }, { state: 'SENT' }])
    expect(last(`new.${kim.email}`)).toBeDefined()
    // Who has the same address as a user gets it once.
    const same = { ...outside, address: office.adminAddress }
    const { id: twice } = (await office.ask(allow, { input: same })).allowReportAddress
    expect(await create({ recipients: [{ user: globalUser(office.me) }, { address: twice }] })).toMatchObject({
      ...{ code: 'INVALID_INPUT', faults: [{ field: 'input.recipients.1' }] },
    })
  })
})

describe('names', () => {
  const hostile = 'Bericht\r\nBcc: thief@evil.example'

  test('with line breaks are refused', async () => {
    expect(await create({ name: hostile })).toMatchObject({ code: 'INVALID_INPUT' })
    const save = 'mutation ($input: SaveReportInput!) { saveReport(input: $input) { id } }'
    const { errors } = await office.graphql(
      save,
      { input: { name: hostile, definition: { source: 'grounds' } } },
      office.token,
    )
    expect(errors?.[0]?.extensions.code).toBe('INVALID_INPUT')
  })

  test('that came past that stay within the subject, and are no markup', async () => {
    const { parameters, purpose } = await purposeOf('named')
    await office.lapsing(3, purpose)
    const save = 'mutation ($input: SaveReportInput!) { saveReport(input: $input) { id } }'
    const definition = { source: 'grounds', parameters: { state: 'lapsing', ...parameters } }
    const name = '<b>Ü</b> "&" =?utf-8?Q?x?= 你好'
    const { id: report } = (await office.ask(save, { input: { name, definition } })).saveReport
    const { id } = await office.schedule({ cron, report: { id: report }, name: `<i>${office.key()}` })
    // Past all checks and guards, straight into the database.
    const evil = 'Zq\r\nBcc: thief@evil.example\r\n\r\nbody'
    const database = office.config.databaseUrl ?? ''
    await pastTheGuards(database, 'UPDATE report_schedule SET name = $1 WHERE id = $2', [evil, id])
    await pastTheGuards(database, 'UPDATE report SET name = $1 WHERE id = $2', [`${name}${evil}`, report])
    await send(id)
    const mail = last(office.adminAddress)
    expect(mail?.subject).toContain(`Report “${name}Zq`)
    expect(office.server.raw.at(-1)?.toString().split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im)
    expect(mail?.headers.has('bcc')).toBe(false)
    expect(office.server.recipients.flat()).not.toContain('thief@evil.example')
    expect(mail?.html).not.toMatch(/<b>|<i>/)
  })
})

describe('what would not do is refused', () => {
  test.each([
    ['every minute', { cron: '* * * * *' }, 'input.cron'],
    ['twice an hour', { cron: '0,30 * * * *' }, 'input.cron'],
    ['never', { cron: '0 8 31 2 *' }, 'input.cron'],
    ['nonsense', { cron: 'when it suits' }, 'input.cron'],
    ['seconds', { cron: '0 0 8 * * *' }, 'input.cron'],
    ['nicknames', { cron: '@daily' }, 'input.cron'],
    ['nowhere', { timeZone: 'Mars/Olympus' }, 'input.timeZone'],
    ['no name', { name: ' ' }, 'input.name'],
    ['nobody', { recipients: [] }, 'input.recipients'],
  ])('%s', async (_name, input, field) => {
    expect(await create(input)).toMatchObject({ code: 'INVALID_INPUT', faults: [{ field }] })
  })

  test('by hour it may go, also where the clock changes', async () => {
    const { id } = await office.schedule({ cron: '30 * * * *' })
    await office.ask('mutation ($id: ID!) { deleteReportSchedule(id: $id) }', { id })
    expect(await office.look(id)).toBeUndefined()
  })

  test('others’ schedules are seen by those alone who decide over attachments', async () => {
    const { id, version } = await office.schedule({ cron })
    const kim = await office.user([...reading, { right: 'reports.schedules', write: true }])
    const seen = await office.graphql('{ reportSchedules { id } }', {}, kim.token)
    expect(seen.data.reportSchedules).toEqual([])
    const update = 'mutation ($input: UpdateReportScheduleInput!) { updateReportSchedule(input: $input) { id } }'
    const { errors } = await office.graphql(update, { input: { id, version, name: 'Mine' } }, kim.token)
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    const { id: theirs } = await office.schedule({ cron, recipients: [{ user: globalUser(kim.id) }] }, kim.token)
    expect(await office.look(theirs)).toMatchObject({ id: theirs })
  })
})
