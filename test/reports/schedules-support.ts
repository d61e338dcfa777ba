import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { takeTurns } from '../../src/modules/reports/schedules/turns.ts'
import { globalId, openMailroom } from '../mails/support.ts'
import { admin } from '../support/app.ts'
import { pastTheGuards, withClient } from '../support/database.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type PostOffice = Awaited<ReturnType<typeof openPostOffice>>

export const scheduleFields =
  'id name version enabled nextAt trouble attachmentsAllowedAt recipients { id user { id } address } mailings { period state reason perhapsTwice }'

const day = 24 * 3_600_000

/** An app that mails reports, whose clock the test moves. */
export async function openPostOffice() {
  const room = await openMailroom()
  const { ask, database, server } = room
  const token = await room.signIn()
  const me: string = (await ask('{ me { id } }')).me.id
  let users = 0
  let names = 0
  const schedule = async (input: object, caller = token): Promise<Data> => {
    const query = `mutation ($input: CreateReportScheduleInput!) { createReportSchedule(input: $input) { ${scheduleFields} } }`
    const usual = { name: `Schedule ${++names}`, report: { key: 'lapsing' }, timeZone: 'Europe/Berlin' }
    const given = { ...usual, recipients: [{ user: me }], ...input }
    const { data, errors } = await room.graphql(query, { input: given }, caller)
    expect(errors).toBeUndefined()
    return data.createReportSchedule
  }
  return {
    ...room,
    token,
    me,
    /** A schedule; what is not said is as usual. */
    schedule,
    /** What it reads like now. */
    look: async (id: string): Promise<Data> => {
      const { reportSchedules } = await ask(`{ reportSchedules { ${scheduleFields} } }`)
      return reportSchedules.find((one: Data) => one.id === id)
    },
    /** All that are due at this moment take their turns. */
    turns: (now: Date, work = room.work()) => takeTurns(work, now),
    /** A moment after which it is due, once. */
    dueMoment: async (id: string): Promise<Date> => {
      const turn = await database.reportTurn.findUniqueOrThrow({ where: { scheduleId: id } })
      return new Date(turn.dueAt.getTime() + 1000)
    },
    /** A contact whose ground for a purpose lapses in so many days. */
    lapsing: async (days: number, purpose = 'newsletter'): Promise<{ id: string; basis: string }> => {
      const { id } = await room.person()
      const validUntil = new Date(Date.now() + days * day).toISOString()
      const query = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
      const input = { contactId: globalId(id), purpose, ground: 'CONTRACT', validUntil }
      return { id, basis: (await ask(query, { input })).recordLawfulBasis.id }
    },
    /** So many contacts at once, past all guards; their ids, in order. */
    manyLapsing: async (count: number, purpose: string): Promise<string[]> => {
      await pastTheGuards(
        room.config.databaseUrl ?? '',
        `WITH person AS MATERIALIZED (SELECT gen_random_uuid() AS id, gen_random_uuid() AS event FROM generate_series(1, $1::int)),
          contacts AS (INSERT INTO contact (contact_id, given_name) SELECT id, 'Many' FROM person),
          events AS (
            INSERT INTO lawful_basis_event (contact_id, id, kind, purpose_key, ground, occurred_at, valid_from, valid_until, actor_kind)
            SELECT id, event, 'given', $2, 'contract', now() - interval '1 day', now() - interval '1 day', now() + interval '5 days', 'user' FROM person)
        INSERT INTO lawful_basis_period (contact_id, id, purpose_key, ground, is_valid, valid_from, valid_until, event_id, given_at, expires)
        SELECT id, gen_random_uuid(), $2, 'contract', true, now() - interval '1 day', now() + interval '5 days', event, now(), true
        FROM person`,
        [count, purpose],
      )
      const rows = await database.lawfulBasisPeriod.findMany({
        where: { purposeKey: purpose },
        select: { contactId: true },
        orderBy: { contactId: 'asc' },
      })
      return rows.map(({ contactId }) => contactId)
    },
    /** They leave the report, or enter it again, past all guards. */
    pause: (ids: readonly string[], gone: boolean) =>
      pastTheGuards(
        room.config.databaseUrl ?? '',
        'UPDATE lawful_basis_period SET expires = $2 WHERE contact_id = ANY($1::uuid[])',
        [[...ids], !gone],
      ),
    /** The same person's ground lapses soon, once more. */
    lapsingAgain: ({ id, basis }: { id: string; basis: string }) =>
      ask('mutation ($input: RenewLawfulBasisInput!) { renewLawfulBasis(input: $input) { id } }', {
        input: { contactId: globalId(id), basisId: basis, validUntil: new Date(Date.now() + 5 * day).toISOString() },
      }),
    renew: ({ id, basis }: { id: string; basis: string }) =>
      ask('mutation ($input: RenewLawfulBasisInput!) { renewLawfulBasis(input: $input) { id } }', {
        input: { contactId: globalId(id), basisId: basis, validUntil: new Date(Date.now() + 900 * day).toISOString() },
      }),
    /** A user with a role of their own, and a token of theirs. */
    user: async (
      grants: readonly { right: string; read?: boolean; write?: boolean }[],
      purposes: readonly string[] = [],
    ) => {
      const key = `role-${++users}`
      const email = `user${users}@crm.example`
      const role = 'mutation ($input: CreateRoleInput!) { createRole(input: $input) { id } }'
      const { id: roleId } = (await ask(role, { input: { key, name: key, purposes } })).createRole
      const grant =
        'mutation ($role: ID!, $right: String!, $read: Boolean, $write: Boolean) { grantRight(role: $role, right: $right, read: $read, write: $write) { id } }'
      for (const { right, read = true, write = false } of grants) await ask(grant, { role: roleId, right, read, write })
      const made = `mutation { createUser(input: { email: "${email}", roles: ["${key}"] }) { user { id } password } }`
      const { user, password } = (await ask(made)).createUser
      const signIn =
        'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }'
      const { data } = await room.graphql(signIn, { email, password })
      return { id: user.id as string, email, role: roleId as string, token: data.signIn.token as string }
    },
    /** Whatever waits is tried again, until nothing does. */
    settle: async (): Promise<void> => {
      await expect
        .poll(
          async () => {
            await withClient(room.config.databaseUrl ?? '', async (client) => {
              await client.query(`UPDATE outgoing_mail SET due_at = now() WHERE state = 'queued'`)
              await client.query('NOTIFY lethe_mail')
            })
            return database.outgoingMail.count({ where: { state: { in: ['queued', 'sending'] } } })
          },
          { timeout: 120_000, interval: 300 },
        )
        .toBe(0)
    },
    /** The mails that the mail server took, to somebody. */
    takenFor: (address: string) =>
      server.taken.filter((mail) => [mail.to].flat().some((to) => to?.value.some((one) => one.address === address))),
    adminAddress: admin.email,
    key: () => randomUUID(),
  }
}
