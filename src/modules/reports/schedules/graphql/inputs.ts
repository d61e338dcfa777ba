import type { Builder } from '../../../../graphql/builder.ts'
import { reportsRight } from '../../rights.ts'
import { attachmentsRight, schedulesRight } from '../schedule.ts'
import type { ScheduleTypes } from './types.ts'

const auth = { write: schedulesRight }

/** The inputs of scheduled reports. */
export type ScheduleInputs = ReturnType<typeof addScheduleInputs>

export function addScheduleInputs(builder: Builder, { format, language }: Pick<ScheduleTypes, 'format' | 'language'>) {
  const reference = builder.inputType('ScheduledReport', {
    description: 'Which report: one of these.',
    auth,
    isOneOf: true,
    fields: (t) => ({
      key: t.string({ description: 'A ready-made one, by its key.' }),
      id: t.id({ description: 'A saved one, by its `id`.' }),
    }),
  })
  const recipient = builder.inputType('ReportRecipientInput', {
    description: 'Who gets a report by mail: a user or an address.',
    auth,
    fields: (t) => ({
      user: t.id({ description: 'A user who may sign in.' }),
      address: t.id({ description: 'An address that was allowed: see `reportAddresses`.' }),
      language: t.field({ type: language, description: 'Of the mail; without: the recipient’s own.' }),
    }),
  })
  const protection = builder.inputType('ReportProtectionInput', {
    description: 'By what attachments are encrypted: one of these.',
    auth: { write: reportsRight },
    isOneOf: true,
    fields: (t) => ({
      certificate: t.string({ description: 'For S/MIME: a certificate as PEM. Whose it is you have to have checked.' }),
      openpgpKey: t.string({ description: 'A public OpenPGP key, armored. Whose it is you have to have checked.' }),
      pdfPassword: t.string({
        description: 'A password of at least 15 characters that opens PDFs. Tell it on another way than by mail.',
      }),
    }),
  })
  const create = builder.inputType('CreateReportScheduleInput', {
    description: 'When a report goes to whom by mail.',
    auth,
    fields: (t) => ({
      name: t.string({ required: true, description: 'What it is called; among yours, once.' }),
      report: t.field({ type: reference, required: true, description: 'Which report.' }),
      parameters: t.field({ type: 'JSON', description: 'Values of its parameters by their keys: `{ "days": 7 }`.' }),
      cron: t.string({
        description:
          'Five fields as cron has them: minute, hour, day of the month, month, day of the week: `0 8 * * MON`; `L` is the last day of a ' +
          'month. At most once an hour. Without: when somebody enters the report.',
      }),
      timeZone: t.string({ required: true, description: 'By whose clock, daylight saving included: `Europe/Berlin`.' }),
      recipients: t.field({ type: [recipient], required: true, description: 'To whom: at most 50.' }),
      attachment: t.field({
        type: format,
        description:
          'What is attached, encrypted, once an administrator allows it. Without: counts and a link are all.',
      }),
      evenIfEmpty: t.boolean({ description: 'Whether a mail comes although there is nothing to say; without: not.' }),
      enabled: t.boolean({ description: 'Whether it is on; without: it is.' }),
    }),
  })
  const update = builder.inputType('UpdateReportScheduleInput', {
    description: 'What to change about a schedule; what is left out stays.',
    auth,
    fields: (t) => ({
      id: t.id({ required: true, description: 'The schedule.' }),
      version: t.int({ required: true, description: 'As you read it; `CONFLICT` if it was changed since.' }),
      name: t.string({ description: 'What it is called.' }),
      report: t.field({ type: reference, description: 'Which report.' }),
      parameters: t.field({ type: 'JSON', description: 'Values of its parameters: all of them anew.' }),
      cron: t.string({ description: 'When; null: when somebody enters the report.' }),
      timeZone: t.string({ description: 'By whose clock.' }),
      recipients: t.field({ type: [recipient], description: 'To whom: all of them anew.' }),
      attachment: t.field({ type: format, description: 'What is attached; null: nothing.' }),
      evenIfEmpty: t.boolean({ description: 'Whether a mail comes although there is nothing to say.' }),
      enabled: t.boolean({ description: 'Whether it is on. Turned on again, it makes up for nothing.' }),
    }),
  })
  const address = builder.inputType('AllowReportAddressInput', {
    description: 'An address that may get reports.',
    auth: { write: attachmentsRight },
    fields: (t) => ({
      address: t.string({ required: true, description: 'The e-mail address.' }),
      name: t.string({ required: true, description: 'Who reads it.' }),
      language: t.field({ type: language, required: true, description: 'The language of their mails.' }),
      protection: t.field({
        type: protection,
        description: 'By what attachments are encrypted for them; without: none are sent.',
      }),
    }),
  })
  return { create, update, address, protection }
}
