import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { calendarData } from '../../src/modules/calendar/personal-data.ts'
import { pastTheGuards } from '../support/database.ts'
import { disclosedBy } from '../support/disclosed.ts'
import { wholeContact } from '../support/erasure.ts'
import { type Calendar, openCalendar, uuid } from './support.ts'

let calendar: Calendar
beforeAll(async () => {
  calendar = await openCalendar()
}, 60_000)
afterAll(() => calendar?.close())

const work = () => ({ ...calendar.work, requestId: randomUUID() })
const erase = (id: string) =>
  transact(work(), 'erase', (tx) => calendarData.erase(tx, [uuid(id)], wholeContact(), work()))

describe('an appointment', () => {
  test('says when it is, what it is about, and who takes part', async () => {
    const ida = await calendar.person()
    const ada = (await calendar.ask('{ users { edges { node { id email } } } }')).users.edges[0].node
    const made = await calendar.enter({
      title: '  Talk ',
      place: 'Room 1',
      description: 'Bring\r\nthe plan',
      status: 'TENTATIVE',
      contacts: [{ contactId: ida, role: 'CHAIR', participation: 'ACCEPTED' }],
      staff: [{ userId: ada.id }],
      guests: [{ name: 'Otto', email: 'otto@example.org', role: 'OPTIONAL' }],
    })
    expect(await calendar.look(made.id)).toEqual(made)
    expect(made).toMatchObject({
      ...{ title: 'Talk', place: 'Room 1', description: 'Bring\nthe plan', status: 'TENTATIVE', allDay: false },
      ...{ begin: '2026-03-27T09:00:00', end: '2026-03-27T10:00:00', timeZone: 'Europe/Berlin', contactCount: 1 },
      participants: [
        { contact: { id: ida }, role: 'CHAIR', participation: 'ACCEPTED' },
        { user: { email: ada.email }, role: 'REQUIRED', participation: 'NEEDS_ACTION' },
        { contact: null, user: null, name: 'Otto', email: 'otto@example.org', role: 'OPTIONAL' },
      ],
    })
  })

  test('may take whole days, and no time at all', async () => {
    const days = await calendar.enter({ begin: '2031-01-01', end: '2031-01-03', timeZone: null })
    expect(days).toMatchObject({ allDay: true, timeZone: null, begin: '2031-01-01', end: '2031-01-03' })
    const moment = await calendar.enter({
      title: 'Moment',
      begin: '2031-01-03T00:00',
      end: '2031-01-03T00:00',
      timeZone: 'UTC',
    })
    expect(moment.end).toBe(moment.begin)
    expect(await calendar.times('2031-01-02T23:00:00Z', '2031-01-03T01:00:00Z')).toEqual([
      '2031-01-01 Talk',
      '2031-01-03T00:00:00 Moment',
    ])
    expect(await calendar.times('2031-01-03T00:00:00Z', '2031-01-03T01:00:00Z')).toEqual(['2031-01-03T00:00:00 Moment'])
  })

  test('is refused with every fault, each at its field', async () => {
    const ida = await calendar.person()
    const { code, faults } = await calendar.refuse({
      ...{ title: '', begin: '2026-02-30T09:00', timeZone: 'Mars/Base', place: 'a\u0007b' },
      guests: [{}, { email: 'no address' }],
      contacts: [{ contactId: ida }, { contactId: ida }],
    })
    expect(code).toBe('INVALID_INPUT')
    const fields = faults.map(({ field }: { field: string }) => field)
    expect(fields.toSorted()).toEqual(
      ['begin', 'contacts.1', 'guests.0', 'guests.1.email', 'place', 'timeZone', 'title'].toSorted(),
    )
    const faultOf = async (input: object) => (await calendar.refuse(input)).faults[0].field
    expect(await faultOf({ end: '2026-03-27T08:00' })).toBe('end')
    expect(await faultOf({ end: '2026-03-28' })).toBe('end')
    expect(await faultOf({ end: '2028-03-28T09:00' })).toBe('end')
    expect(await faultOf({ timeZone: null })).toBe('timeZone')
    expect(await faultOf({ rule: 'FREQ=DAILY', exceptions: ['2026-03-28'] })).toBe('exceptions.0')
    expect((await calendar.refuse({ contacts: [{ contactId: btoa(`Contact:${randomUUID()}`) }] })).code).toBe(
      'NOT_FOUND',
    )
  })

  test('changes only for who read it as it is', async () => {
    const { id } = await calendar.enter()
    const changed = await calendar.change({ id, version: 1, title: 'Other', status: 'TENTATIVE' })
    expect(changed).toMatchObject({ version: 2, title: 'Other', status: 'TENTATIVE', begin: '2026-03-27T09:00:00' })
    expect(await calendar.fail(calendar.operations.update, { input: { id, version: 1, title: 'Late' } })).toMatchObject(
      {
        code: 'CONFLICT',
        version: 2,
      },
    )
  })

  test('that two change at once is changed by one of them', async () => {
    const ida = await calendar.person()
    const { id } = await calendar.enter({ rule: 'FREQ=DAILY', contacts: [{ contactId: ida }] })
    const input = { id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00' }
    const answers = await Promise.all(
      ['One', 'Two'].map((title) =>
        calendar.graphql(calendar.operations.update, { input: { ...input, title } }, calendar.token),
      ),
    )
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code).toSorted()).toEqual(['CONFLICT', undefined])
  })
})

describe('what an appointment is about', () => {
  test('is kept with each contact, and told in the log of each', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person()]
    const { id, version } = await calendar.enter({
      description: 'Zqnote',
      contacts: [{ contactId: ida }, { contactId: eva }],
      guests: [{ name: 'Zqguest' }],
    })
    await calendar.change({ id, version, title: 'Zqlater' })
    const copies = await calendar.database.appointmentParticipant.findMany({ where: { appointmentId: id } })
    expect(copies.map(({ title }) => title)).toEqual(['Zqlater', 'Zqlater'])
    expect(JSON.stringify(copies.map((copy) => Buffer.from(copy.description ?? []).toString()))).not.toContain('Zqnote')
    const row = await calendar.database.appointment.findUniqueOrThrow({ where: { id } })
    expect(row).toMatchObject({ title: '', place: '', description: null, guests: null })
    for (const contact of [ida, eva]) {
      const { data } = await calendar.graphql(
        `query ($id: ID!) { contact(id: $id) { history { edges { node { entity action changes { field old new } } } } } }`,
        { id: contact },
        calendar.token,
      )
      expect(JSON.stringify(data)).toContain('"field":"title","old":"Talk","new":"Zqlater"')
    }
    const others = await calendar.database.systemAuditEntry.findMany({ where: { entityId: id } })
    expect(others.flatMap(({ fields }) => fields)).not.toContain('title')
  })

  test('goes with the last contact, and stays for the others until then', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person()]
    const { id } = await calendar.enter({ rule: 'FREQ=DAILY', contacts: [{ contactId: ida }, { contactId: eva }] })
    const own = await calendar.change({
      ...{ id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00', title: 'Only Ida' },
      contacts: [{ contactId: ida }],
    })
    expect((await erase(ida)).erased).toEqual({ AppointmentParticipant: 2, Appointment: 1 })
    expect(await calendar.look(own.id)).toBeNull()
    expect(await calendar.look(id)).toMatchObject({
      title: 'Talk',
      contactCount: 1,
      exceptions: ['2026-03-28T09:00:00'],
    })
    expect((await erase(eva)).erased).toEqual({ AppointmentParticipant: 1, Appointment: 1 })
    expect(await calendar.look(id)).toBeNull()
    expect(await calendar.database.appointment.count({ where: { OR: [{ id }, { seriesId: id }] } })).toBe(0)
  })

  test('is about nobody once two who are its last are erased at once', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person()]
    const { id } = await calendar.enter({ contacts: [{ contactId: ida }, { contactId: eva }] })
    await Promise.all([erase(ida), erase(eva)])
    expect(await calendar.database.appointment.findUnique({ where: { id } })).toBeNull()
  })

  test('stays with a contact: the last of them can not be taken out', async () => {
    const ida = await calendar.person()
    const { id } = await calendar.enter({ contacts: [{ contactId: ida }] })
    const input = { id, version: 1, contacts: [] }
    expect((await calendar.fail(calendar.operations.update, { input })).faults[0].field).toBe('contacts')
  })

  test('moves from the appointment to its first contact', async () => {
    const ida = await calendar.person()
    const { id } = await calendar.enter({ title: 'Internal', description: 'Plan', guests: [{ name: 'Otto' }] })
    const changed = await calendar.change({ id, version: 1, contacts: [{ contactId: ida }] })
    expect(changed).toMatchObject({ title: 'Internal', description: 'Plan', contactCount: 1 })
    expect(changed.participants[1].name).toBe('Otto')
    const row = await calendar.database.appointment.findUniqueOrThrow({ where: { id } })
    expect(row).toMatchObject({ title: '', description: null, guests: null })
  })

  test('can not be altered past the product, nor changed without an entry', async () => {
    const ida = await calendar.person()
    const { id } = await calendar.enter({ description: 'Secret', contacts: [{ contactId: ida }] })
    await expect(
      calendar.database.$executeRaw`UPDATE appointment_participant SET title = 'x' WHERE appointment_id = ${id}::uuid`,
    ).rejects.toThrow(/audit log/)
    await expect(
      calendar.database.$executeRaw`UPDATE appointment SET rule = 'x' WHERE id = ${id}::uuid`,
    ).rejects.toThrow(/audit log/)
    const url = calendar.config.databaseUrl ?? ''
    await pastTheGuards(url, `UPDATE appointment_participant SET description = '\\x01' WHERE appointment_id = $1`, [id])
    const { errors } = await calendar.graphql(`{ appointment(id: "${id}") { title description } }`, {}, calendar.token)
    expect(errors?.[0]?.path).toEqual(['appointment', 'description'])
  })
})

describe('the disclosure', () => {
  test('has all of a contact’s appointments, counts others, and names none of them', async () => {
    const [ida, eva] = [await calendar.person(), await calendar.person({ givenName: 'Zqeva' })]
    await calendar.enter({
      ...{ title: 'Zqtitle', place: 'Zqplace', description: 'Zqnote', rule: 'FREQ=WEEKLY' },
      contacts: [{ contactId: ida, role: 'CHAIR' }, { contactId: eva }],
      guests: [{ name: 'Zqotto', email: 'zqotto@example.org' }],
    })
    const held = await transact(work(), 'disclose', async (tx) => {
      const about = { ...work(), tx, contactId: uuid(ida) }
      const files: string[] = []
      const redactions = []
      for await (const one of calendarData.disclose(about)) {
        redactions.push(...(one.redactions ?? []))
        for (const file of one.files ?? []) {
          let text = ''
          for await (const chunk of file.open()) text += Buffer.from(chunk).toString()
          expect(Buffer.byteLength(text)).toBe(file.size)
          files.push(text)
        }
      }
      return { records: await disclosedBy(calendarData, about), files, redactions }
    })
    expect(held.records['appointment']).toMatchObject([
      {
        ...{ title: 'Zqtitle', place: 'Zqplace', description: 'Zqnote', role: 'chair', rule: 'FREQ=WEEKLY' },
        ...{ begin: '2026-03-27T09:00:00', otherParticipants: { contacts: 1, staff: 0, guests: true } },
      },
    ])
    expect(held.redactions).toEqual([{ field: 'otherParticipants', rule: expect.stringContaining('Art. 15(4) GDPR') }])
    expect(held.files[0]).toContain('SUMMARY:Zqtitle\r\n')
    expect(held.files[0]).toContain('TZID:Europe/Berlin\r\n')
    expect(JSON.stringify(held)).not.toMatch(/zqeva|zqotto/i)
    expect(JSON.stringify(held)).not.toContain(uuid(eva))
  })
})

describe('the log of each contact who takes part', () => {
  const told = async (contact: string) => {
    const query = `query ($contact: ID!) { auditLog(filter: { contactId: $contact, entity: "Appointment" }, first: 50) {
      edges { node { action entityId changes { field old new } } } } }`
    const { auditLog } = await calendar.ask(query, { contact })
    return auditLog.edges
      .map(({ node }: { node: { action: string; changes: { field: string; old: unknown; new: unknown }[] } }) => ({
        action: node.action,
        ...Object.fromEntries(node.changes.map((one) => [one.field, [one.old, one.new]])),
      }))
      .reverse()
  }

  test('tells when it takes place, and how that changed', async () => {
    const [ida, eva, otto] = [await calendar.person(), await calendar.person(), await calendar.person()]
    const { id } = await calendar.enter({ contacts: [{ contactId: ida }, { contactId: eva }], rule: 'FREQ=DAILY' })
    const moved = { begin: '2026-03-27T11:00', end: '2026-03-27T12:00' }
    await calendar.change({ id, version: 1, ...moved, contacts: [{ contactId: ida }, { contactId: otto }] })
    await calendar.change({ id, version: 2, title: 'Only called otherwise' })
    await calendar.cancel({ id, version: 3, scope: 'INSTANCE', instance: '2026-03-28T11:00' })
    await calendar.remove({ id, version: 4 })
    const [entered, left] = ['2026-03-27T09:00:00', '2026-03-27T11:00:00']
    expect(await told(ida)).toMatchObject([
      { action: 'CREATED', begin: [null, entered], rule: [null, 'FREQ=DAILY'] },
      { action: 'UPDATED', begin: [entered, left], end: ['2026-03-27T10:00:00', '2026-03-27T12:00:00'] },
      { action: 'CREATED', recurrenceId: [null, '2026-03-28T11:00:00'], status: [null, 'cancelled'] },
      { action: 'REMOVED', begin: [left, null] },
      { action: 'REMOVED', status: ['cancelled', null] },
    ])
    expect(await told(eva)).toMatchObject([{ action: 'CREATED' }, { action: 'REMOVED', begin: [entered, null] }])
    expect(await told(otto)).toMatchObject([{ begin: [null, left] }, {}, {}, {}])
  })
})

describe('merged contacts', () => {
  test('stay in what is made of a series', async () => {
    const [ida, twin] = [await calendar.person(), await calendar.person()]
    const { id } = await calendar.enter({ rule: 'FREQ=DAILY', contacts: [{ contactId: twin }] })
    const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
    const { mergeContacts } = await calendar.ask(merge, { input: { targetId: ida, version: 1, sourceIds: [twin] } })
    const contacts = [{ contactId: ida, role: 'CHAIR' }]
    const instance = { id, version: 1, scope: 'INSTANCE', instance: '2026-03-28T09:00' }
    const differing = await calendar.change({ ...instance, title: 'Other', contacts })
    expect(differing).toMatchObject({ title: 'Other', contactCount: 1 })
    await calendar.change({ id, version: 2, contacts })
    const undo = 'mutation ($targetId: ID!, $mergeId: ID!) { undoMerge(targetId: $targetId, mergeId: $mergeId) { id } }'
    await calendar.ask(undo, { targetId: ida, mergeId: mergeContacts.merges[0].id })
    expect((await calendar.look(id)).participants).toMatchObject([{ contact: { id: twin } }])
  })

  test('take part once, by the contact that stays, until that is taken back', async () => {
    const [ida, twin, eva] = [await calendar.person(), await calendar.person(), await calendar.person()]
    const both = await calendar.enter({ title: 'Both', contacts: [{ contactId: ida }, { contactId: twin }] })
    const one = await calendar.enter({
      title: 'One',
      description: 'Note',
      contacts: [{ contactId: twin }, { contactId: eva }],
    })
    const merge = 'mutation ($input: MergeContactsInput!) { mergeContacts(input: $input) { merges { id } } }'
    const { mergeContacts } = await calendar.ask(merge, { input: { targetId: ida, version: 1, sourceIds: [twin] } })
    expect((await calendar.look(both.id)).contactCount).toBe(1)
    const seen = await calendar.look(one.id)
    expect(seen).toMatchObject({ contactCount: 2, description: 'Note' })
    expect(seen.participants.map(({ contact }: { contact: { id: string } }) => contact.id).toSorted()).toEqual(
      [ida, eva].toSorted(),
    )
    const undo = 'mutation ($targetId: ID!, $mergeId: ID!) { undoMerge(targetId: $targetId, mergeId: $mergeId) { id } }'
    await calendar.ask(undo, { targetId: ida, mergeId: mergeContacts.merges[0].id })
    const after = await calendar.look(one.id)
    expect(after.participants.map(({ contact }: { contact: { id: string } }) => contact.id).toSorted()).toEqual(
      [twin, eva].toSorted(),
    )
  })
})
