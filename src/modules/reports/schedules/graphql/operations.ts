import type { Builder } from '../../../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../../../graphql/ids.ts'
import { parametersOf, referenceOf } from '../../graphql/inputs.ts'
import { reportsRight } from '../../rights.ts'
import { allowAddress, forgetAddress, setOwnProtection } from '../addresses.ts'
import { allowAttachments, createSchedule, deleteSchedule, updateSchedule } from '../change.ts'
import { listSchedules } from '../find.ts'
import type { RecipientDraft } from '../recipients.ts'
import { attachmentsRight, type Reference, schedulesRight } from '../schedule.ts'
import { addScheduleInputs, type ScheduleInputs } from './inputs.ts'
import { protectionWith } from './loaders.ts'
import type { ScheduleTypes } from './types.ts'

const auth = { read: schedulesRight, write: schedulesRight }
const decides = { read: schedulesRight, write: attachmentsRight }
const own = { read: reportsRight, write: reportsRight }

/** Queries and mutations of scheduled reports. */
export function addScheduleOperations(builder: Builder, types: ScheduleTypes): void {
  const inputs = addScheduleInputs(builder, types)
  addQueries(builder, types)
  addMutations(builder, types, inputs)
  addProtections(builder, types, inputs)
}

function addQueries(builder: Builder, { schedule, address, protection }: ScheduleTypes) {
  builder.queryFields((t) => ({
    reportSchedules: t.field({
      type: [schedule],
      nullable: true,
      auth: { read: schedulesRight },
      description: 'Your schedules by name; with the right to read `reports.personal_attachments`, everybody’s.',
      resolve: (_root, _args, context) => listSchedules(context),
    }),
    reportAddresses: t.field({
      type: [address],
      nullable: true,
      auth: { read: schedulesRight },
      description: 'The addresses that may get reports besides users, by address.',
      resolve: (_root, _args, { database }) =>
        database.reportAddress.findMany({ orderBy: { address: 'asc' }, take: 1000 }),
    }),
    reportProtection: t.field({
      type: protection,
      nullable: true,
      auth: { read: reportsRight },
      description: 'By what your own attachments are encrypted; null: by nothing, so that none are sent.',
      resolve: (_root, _args, context) =>
        context.actor.kind === 'user' && context.actor.id ? protectionWith(context, context.actor.id) : null,
    }),
  }))
}

function addMutations(builder: Builder, { schedule }: ScheduleTypes, { create, update }: ScheduleInputs) {
  builder.mutationFields((t) => ({
    createReportSchedule: t.field({
      type: schedule,
      nullable: true,
      auth,
      description: 'Mails a report by a schedule, which is yours: it sends what you may have sent, as long as you may.',
      args: { input: t.arg({ type: create, required: true, description: 'The schedule.' }) },
      resolve: (_root, { input }, context) =>
        createSchedule(context, {
          ...{
            name: input.name,
            cron: input.cron ?? null,
            timeZone: input.timeZone,
            attachment: input.attachment ?? null,
          },
          ...{ evenIfEmpty: input.evenIfEmpty ?? false, enabled: input.enabled ?? true },
          report: savedReference(input.report),
          parameters: parametersOf(input.parameters),
          recipients: input.recipients.map(draftOf),
        }),
    }),
    updateReportSchedule: t.field({
      type: schedule,
      nullable: true,
      auth,
      description:
        'Changes a schedule of yours. What an administrator allowed holds for the report, the format and the recipients as they were.',
      args: { input: t.arg({ type: update, required: true, description: 'What to change.' }) },
      resolve: (_root, { input }, context) =>
        updateSchedule(context, {
          ...{ id: uuidOrNobody(input.id), version: input.version },
          ...{ name: input.name ?? undefined, cron: input.cron, timeZone: input.timeZone ?? undefined },
          ...{
            attachment: input.attachment,
            evenIfEmpty: input.evenIfEmpty ?? undefined,
            enabled: input.enabled ?? undefined,
          },
          report: input.report ? savedReference(input.report) : undefined,
          parameters: input.parameters === undefined ? undefined : parametersOf(input.parameters),
          recipients: input.recipients?.map(draftOf),
        }),
    }),
    deleteReportSchedule: t.boolean({
      nullable: true,
      auth,
      description:
        'Ends a schedule of yours, or anybody’s, if you may write `reports.personal_attachments`. What waits to be sent isn’t any more. ' +
        'True when it is gone.',
      args: { id: t.arg.id({ required: true, description: 'The schedule.' }) },
      resolve: async (_root, { id }, context) => {
        await deleteSchedule(context, uuidOrNobody(id))
        return true
      },
    }),
    allowReportAttachments: t.field({
      type: schedule,
      nullable: true,
      auth: { read: attachmentsRight, write: attachmentsRight },
      description:
        'Allows that the rows of a schedule’s report are attached to its mails, encrypted for each recipient; or forbids it again. It holds ' +
        'for the report, the format and the recipients as they are in this version.',
      args: {
        id: t.arg.id({ required: true, description: 'The schedule.' }),
        version: t.arg.int({ required: true, description: 'As you read it; `CONFLICT` if it was changed since.' }),
        allowed: t.arg.boolean({ required: true, defaultValue: true, description: 'False: forbids it.' }),
      },
      resolve: (_root, { id, ...given }, context) => allowAttachments(context, { id: uuidOrNobody(id), ...given }),
    }),
  }))
}

function addProtections(builder: Builder, { address, protection }: ScheduleTypes, inputs: ScheduleInputs) {
  builder.mutationFields((t) => ({
    allowReportAddress: t.field({
      type: address,
      nullable: true,
      auth: decides,
      description:
        'Allows an address of somebody who doesn’t sign in here as a recipient of reports. What they get is what the owner of the schedule may see. ' +
        'One that mails came back from may be allowed again.',
      args: { input: t.arg({ type: inputs.address, required: true, description: 'Whose address.' }) },
      resolve: (_root, { input }, context) => allowAddress(context, input),
    }),
    forgetReportAddress: t.boolean({
      nullable: true,
      auth: decides,
      description: 'Forbids an address again, and takes it out of all schedules. True when it is gone.',
      args: { id: t.arg.id({ required: true, description: 'The address.' }) },
      resolve: async (_root, { id }, context) => {
        await forgetAddress(context, uuidOrNobody(id))
        return true
      },
    }),
    setReportProtection: t.field({
      type: protection,
      nullable: true,
      auth: own,
      description:
        'Says by what attachments are encrypted that you get by mail: a certificate (S/MIME), a key (OpenPGP), or a password for PDFs. ' +
        'Nobody else says it for you.',
      args: {
        protection: t.arg({
          type: inputs.protection,
          description: 'One of these; null: nothing is attached any more.',
        }),
      },
      resolve: (_root, args, context) => setOwnProtection(context, args.protection ?? null),
    }),
  }))
}

const savedReference = (given: { key?: string | null | undefined; id?: string | null | undefined }): Reference => {
  const reference = referenceOf(given)
  return 'key' in reference ? { key: reference.key } : { id: 'id' in reference ? reference.id : '' }
}

type GivenRecipient = {
  user?: string | null | undefined
  address?: string | null | undefined
  language?: 'de' | 'en' | null | undefined
}

const draftOf = ({ user, address, language }: GivenRecipient): RecipientDraft => ({
  ...(user && { userId: uuidOf('User', user) }),
  ...(!user && { addressId: uuidOrNobody(address ?? '') }),
  language,
})
