import { expect } from 'vitest'
import { startTestApp } from '../support/app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape depends on the operation
type Data = any

export type Calendar = Awaited<ReturnType<typeof openCalendar>>

export const uuid = (globalId: string): string => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''

const fields = `id uid version title place description begin end timeZone allDay rule dates exceptions status series recurrenceId
  contactCount participants { contact { id } user { email } name email role participation }`

/** An app with short ways to do what these tests do all the time. */
export async function openCalendar(options: Parameters<typeof startTestApp>[0] = {}) {
  const app = await startTestApp(options)
  const token = await app.signIn()
  const ask = async (query: string, variables: object = {}, as = token): Promise<Data> => {
    const { data, errors } = await app.graphql(query, variables, as)
    expect(errors?.map((error) => error.message)).toBeUndefined()
    return data
  }
  const fail = async (query: string, variables: object = {}, as = token): Promise<Data> => {
    const { errors } = await app.graphql(query, variables, as)
    return errors?.[0]?.extensions
  }
  const create = `mutation ($input: CreateAppointmentInput!) { createAppointment(input: $input) { ${fields} } }`
  const update = `mutation ($input: UpdateAppointmentInput!) { updateAppointment(input: $input) { ${fields} } }`
  const remove = 'mutation ($input: AppointmentTargetInput!) { deleteAppointment(input: $input) }'
  const cancel = `mutation ($input: AppointmentTargetInput!) { cancelAppointment(input: $input) { ${fields} } }`
  const usual = { title: 'Talk', begin: '2026-03-27T09:00', end: '2026-03-27T10:00', timeZone: 'Europe/Berlin' }
  let count = 0
  return {
    ...app,
    token,
    ask,
    fail,
    operations: { create, update, remove, cancel },
    /** A new contact, with an address that nobody else has. */
    person: async (input: object = {}): Promise<string> => {
      const all = { givenName: 'Ida', emails: [{ address: `person${++count}@example.org` }], ...input }
      const made = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }'
      return (await ask(made, { input: all })).createContact.id
    },
    enter: async (input: object = {}): Promise<Data> =>
      (await ask(create, { input: { ...usual, ...input } })).createAppointment,
    refuse: async (input: object = {}): Promise<Data> => fail(create, { input: { ...usual, ...input } }),
    change: async (input: object): Promise<Data> => (await ask(update, { input })).updateAppointment,
    cancel: async (input: object): Promise<Data> => (await ask(cancel, { input })).cancelAppointment,
    remove: (input: object): Promise<Data> => ask(remove, { input }),
    look: async (id: string, as = token): Promise<Data> =>
      (await ask(`query ($id: ID!) { appointment(id: $id) { ${fields} } }`, { id }, as)).appointment,
    /** When something takes place in a window, on the clock there, with what it is called. */
    times: async (from: string, to: string, filter: object = {}): Promise<string[]> => {
      const query = `query ($from: DateTime!, $to: DateTime!, $filter: AppointmentFilter) {
        appointmentOccurrences(from: $from, to: $to, filter: $filter, first: 500) {
          edges { node { begin appointment { title status } } } } }`
      const { appointmentOccurrences } = await ask(query, { from, to, filter })
      return appointmentOccurrences.edges.map(
        ({ node }: Data) =>
          `${node.begin} ${node.appointment.title}${node.appointment.status === 'CANCELLED' ? ' (cancelled)' : ''}`,
      )
    },
  }
}
