import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import type { Draft, Participation, Role, Status } from '../draft.ts'
import type { CalendarTypes } from './types.ts'

type Maybe<T> = T | null | undefined
type Part = { role?: Maybe<Role>; participation?: Maybe<Participation> }

/** What createAppointment and updateAppointment take of an appointment. */
export type AppointmentInput = {
  title?: Maybe<string>
  place?: Maybe<string>
  description?: Maybe<string>
  begin?: Maybe<string>
  end?: Maybe<string>
  timeZone?: Maybe<string>
  rule?: Maybe<string>
  dates?: Maybe<readonly string[]>
  exceptions?: Maybe<readonly string[]>
  status?: Maybe<Status>
  contacts?: Maybe<readonly (Part & { contactId: string })[]>
  staff?: Maybe<readonly (Part & { userId: string })[]>
  guests?: Maybe<readonly (Part & { name?: Maybe<string>; email?: Maybe<string> })[]>
}

/** Adds the input types of mutations. */
export function addCalendarInputs(builder: Builder, types: CalendarTypes) {
  const write = (right: string) => ({ write: right })
  const participants = write('calendar.participants')
  const part = { role: { type: types.role, description: 'REQUIRED, unless said otherwise.' } } as const
  const comes = { type: types.participation, description: 'NEEDS_ACTION, unless said otherwise.' } as const
  const contact = builder.inputType('AppointmentContactInput', {
    description: 'A contact who takes part.',
    auth: participants,
    fields: (t) => ({
      contactId: t.id({ required: true, description: 'The contact.' }),
      role: t.field(part.role),
      participation: t.field(comes),
    }),
  })
  const staff = builder.inputType('AppointmentStaffInput', {
    description: 'A user who takes part.',
    auth: participants,
    fields: (t) => ({
      userId: t.id({ required: true, description: 'The user.' }),
      role: t.field(part.role),
      participation: t.field(comes),
    }),
  })
  const guest = builder.inputType('AppointmentGuestInput', {
    description: 'Somebody who takes part and is neither a contact nor a user. Give a name or an address, or both.',
    auth: participants,
    fields: (t) => ({
      name: t.string({ description: 'Their name.' }),
      email: t.string({ description: 'Their e-mail address.' }),
      role: t.field(part.role),
      participation: t.field(comes),
    }),
  })
  const begin = 'On the clock there, `2026-03-27T09:00`; a day, `2026-03-27`, of one that takes whole days.'
  const create = builder.inputType('CreateAppointmentInput', {
    description: 'A new appointment.',
    auth: write('calendar.appointments'),
    fields: (t) => ({
      title: t.string({ required: true, auth: write('calendar.title'), description: 'What it is called.' }),
      place: t.string({ auth: write('calendar.title'), description: 'Where it is.' }),
      description: t.string({ auth: write('calendar.description'), description: 'What is noted of it.' }),
      begin: t.string({ required: true, description: begin }),
      end: t.string({ required: true, description: 'When it is over; of whole days, the day after.' }),
      timeZone: t.string({ description: 'IANA: `Europe/Berlin`. Not for whole days.' }),
      rule: t.string({
        description:
          'How it recurs, as `RRULE` of RFC 5545: `FREQ=WEEKLY;BYDAY=MO`. Daily at most, several times a day with `BYHOUR`; ' +
          '`COUNT` up to 1000.',
      }),
      dates: t.stringList({ description: 'When it takes place besides (`RDATE`), written as `begin`.' }),
      exceptions: t.stringList({ description: 'When it does not (`EXDATE`), written as `begin`.' }),
      status: t.field({ type: types.status, description: 'CONFIRMED, unless said otherwise.' }),
      contacts: t.field({ type: [contact], auth: participants, description: 'The contacts who take part.' }),
      staff: t.field({ type: [staff], auth: participants, description: 'The users who take part.' }),
      guests: t.field({ type: [guest], auth: participants, description: 'Who else takes part.' }),
    }),
  })
  const target = {
    id: 'The `id` of the appointment.',
    version: 'The version that you read, so that no change is lost.',
    instance: 'Of what recurs: when the instance begins by the series, written as `begin`.',
  }
  const scope = builder.enumType('AppointmentScope', {
    description: 'How much of what recurs.',
    values: {
      SERIES: { value: 'series', description: 'All of it.' },
      INSTANCE: { value: 'instance', description: 'One instance, which `instance` names.' },
      FOLLOWING: { value: 'following', description: 'That instance and all after it.' },
    } as const,
  })
  const update = builder.inputType('UpdateAppointmentInput', {
    description: 'What changes; what is left out stays as it is, lists are replaced.',
    auth: write('calendar.appointments'),
    fields: (t) => ({
      id: t.id({ required: true, description: target.id }),
      version: t.int({ required: true, description: target.version }),
      scope: t.field({ type: scope, description: 'SERIES, unless said otherwise.' }),
      instance: t.string({ description: target.instance }),
      title: t.string({ auth: write('calendar.title'), description: 'What it is called.' }),
      place: t.string({ auth: write('calendar.title'), description: 'Where it is.' }),
      description: t.string({ auth: write('calendar.description'), description: 'What is noted of it.' }),
      begin: t.string({ description: begin }),
      end: t.string({ description: 'When it is over; of whole days, the day after.' }),
      timeZone: t.string({ description: 'IANA: `Europe/Berlin`.' }),
      rule: t.string({ description: 'How it recurs; empty: once.' }),
      dates: t.stringList({ description: 'When it takes place besides.' }),
      exceptions: t.stringList({ description: 'When it does not.' }),
      status: t.field({ type: types.status, description: 'Whether it takes place.' }),
      contacts: t.field({ type: [contact], auth: participants, description: 'The contacts who take part.' }),
      staff: t.field({ type: [staff], auth: participants, description: 'The users who take part.' }),
      guests: t.field({ type: [guest], auth: participants, description: 'Who else takes part.' }),
    }),
  })
  const named = builder.inputType('AppointmentTargetInput', {
    description: 'Which appointment, and how much of it.',
    auth: write('calendar.appointments'),
    fields: (t) => ({
      id: t.id({ required: true, description: target.id }),
      version: t.int({ required: true, description: target.version }),
      scope: t.field({ type: scope, description: 'SERIES, unless said otherwise.' }),
      instance: t.string({ description: target.instance }),
    }),
  })
  return { create, update, named }
}

/** What an input says, in our words; what it leaves out is left out. */
export function changesIn(input: AppointmentInput): Partial<Draft> {
  const text = (name: 'title' | 'place' | 'description' | 'timeZone' | 'rule') =>
    input[name] === undefined ? {} : { [name]: input[name] ?? '' }
  const part = ({ role, participation }: Part) => ({
    role: role ?? ('required' as const),
    participation: participation ?? ('needs_action' as const),
  })
  const { begin, end, dates, exceptions, status, contacts, staff, guests } = input
  return {
    ...{ ...text('title'), ...text('place'), ...text('description'), ...text('timeZone'), ...text('rule') },
    ...(typeof begin === 'string' && { begin }),
    ...(typeof end === 'string' && { end }),
    ...(dates !== undefined && { dates: dates ?? [] }),
    ...(exceptions !== undefined && { exceptions: exceptions ?? [] }),
    ...(status && { status }),
    ...(contacts !== undefined && {
      contacts: (contacts ?? []).map(({ contactId, ...rest }) => ({
        contactId: uuidOf('Contact', contactId).toLowerCase(),
        ...part(rest),
      })),
    }),
    ...(staff !== undefined && {
      staff: (staff ?? []).map(({ userId, ...rest }) => ({
        userId: uuidOf('User', userId).toLowerCase(),
        ...part(rest),
      })),
    }),
    ...(guests !== undefined && {
      guests: (guests ?? []).map(({ name, email, ...rest }) => ({
        name: name ?? '',
        email: email ?? '',
        ...part(rest),
      })),
    }),
  }
}

/** An appointment of which nothing was said yet. */
export const emptyDraft: Draft = {
  ...{ title: '', place: '', description: '', begin: '', end: '', timeZone: '', rule: '' },
  ...{ dates: [], exceptions: [], status: 'confirmed', contacts: [], staff: [], guests: [] },
}
