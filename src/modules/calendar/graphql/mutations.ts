import { validate as isUuid } from 'uuid'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { notFound } from '../../../graphql/errors.ts'
import { cancelAppointment, createAppointment, type Scope, type Target, updateAppointment } from '../change.ts'
import { findAppointment } from '../read.ts'
import { deleteAppointment } from '../remove.ts'
import { addCalendarInputs, changesIn, emptyDraft } from './inputs.ts'
import type { CalendarTypes } from './types.ts'

/** `createAppointment` and what may become of it. */
export function addCalendarMutations(builder: Builder, types: CalendarTypes): void {
  const inputs = addCalendarInputs(builder, types)
  const auth = { write: 'calendar.appointments' }
  const answer = async (context: Context, change: Promise<string>) => findAppointment(context, await change)
  builder.mutationFields((t) => ({
    createAppointment: t.field({
      type: types.appointment,
      nullable: true,
      auth,
      description: 'Enters an appointment. Faults come as `INVALID_INPUT`, each with its field.',
      args: { input: t.arg({ type: inputs.create, required: true, description: 'What it is.' }) },
      resolve: (_root, { input }, context) =>
        answer(context, createAppointment(context, { ...emptyDraft, ...changesIn(input) })),
    }),
    updateAppointment: t.field({
      type: types.appointment,
      nullable: true,
      auth,
      description:
        'Changes an appointment, and returns what has the change: one instance that differs, and what follows an instance, become ' +
        'appointments of their own. When a series moves, instances that differ go where it no longer takes place. What changes ' +
        'does so for all who take part; of the contacts you say who of those that you see.',
      args: { input: t.arg({ type: inputs.update, required: true, description: 'What changes.' }) },
      resolve: (_root, { input }, context) =>
        answer(context, updateAppointment(context, targetOf(input), changesIn(input))),
    }),
    cancelAppointment: t.field({
      type: types.appointment,
      nullable: true,
      auth,
      description: 'Calls an appointment off, or one instance, or all from there: it stays, as cancelled.',
      args: { input: t.arg({ type: inputs.named, required: true, description: 'Which.' }) },
      resolve: (_root, { input }, context) => answer(context, cancelAppointment(context, targetOf(input))),
    }),
    deleteAppointment: t.boolean({
      nullable: true,
      auth,
      description:
        'Removes an appointment, or one instance, or all from there. Returns true. One about contacts that you don’t see goes for ' +
        'those that you see.',
      args: { input: t.arg({ type: inputs.named, required: true, description: 'Which.' }) },
      resolve: async (_root, { input }, context) => {
        await deleteAppointment(context, targetOf(input))
        return true
      },
    }),
  }))
}

type Named = { id: string; version: number; scope?: Scope | null | undefined; instance?: string | null | undefined }

function targetOf({ id, version, scope, instance }: Named): Target {
  if (!isUuid(id)) throw notFound('appointment')
  return { id: id.toLowerCase(), version, scope: scope ?? 'series', instance: instance ?? undefined }
}
