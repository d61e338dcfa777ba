import type { ReportAddress, ReportProtection, ReportRecipient, ReportSchedule } from '#prisma/client.ts'
import type { Builder } from '../../../../graphql/builder.ts'
import { addActor } from '../../../audit/actor-types.ts'
import { addTextTypes } from '../../../lawfulness/texts.ts'
import { mailState } from '../../../mails/graphql.ts'
import { reportsRight } from '../../rights.ts'
import type { ListedMailing } from '../mailings.ts'
import { formatOf, parametersIn, referenceIn, schedulesRight, type Trouble, troubles } from '../schedule.ts'
import {
  addressWith,
  mailingsIn,
  mostMailings,
  protectionWith,
  recipientsOf,
  turnOf,
  undeliverableIn,
} from './loaders.ts'

const auth = { read: schedulesRight }

/** The types of scheduled reports. */
export type ScheduleTypes = ReturnType<typeof addScheduleTypes>

/** `ReportSchedule` and what belongs to it. */
export function addScheduleTypes(builder: Builder) {
  const { language } = addTextTypes(builder)
  const format = builder.enumType('ReportAttachment', {
    description: 'What of a report can be attached to a mail, encrypted for its recipient.',
    values: {
      PDF: { value: 'pdf', description: 'To read.' },
      CSV: { value: 'csv', description: 'Comma-separated values.' },
      XLSX: { value: 'xlsx', description: 'For spreadsheets.' },
      JSON_LINES: { value: 'json_lines', description: 'For programs.' },
    } as const,
  })
  const protection = addProtection(builder)
  const address = builder.objectRef<ReportAddress>('ReportAddress').implement({
    description: 'An address of somebody who doesn’t sign in here, which may get reports.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'For `recipients`.' }),
      address: t.exposeString('address', { nullable: false, description: 'The e-mail address.' }),
      name: t.exposeString('name', { nullable: false, description: 'Who reads it.' }),
      language: t.field({
        type: language,
        nullable: false,
        description: 'The language of their mails.',
        resolve: (row) => (row.language === 'de' ? 'de' : 'en'),
      }),
      undeliverableAt: t.expose('undeliverableAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'When it was heard that mails there can’t be delivered, so that none go there any more; allow it again once they can be.',
      }),
      protection: t.field({
        type: protection,
        nullable: true,
        description: 'By what attachments are encrypted for them; null: by nothing, so that none are sent.',
        resolve: ({ id }, _args, context) => protectionWith(context, id),
      }),
    }),
  })
  const recipient = addRecipient(builder, { language, protection })
  const mailing = addMailing(builder)
  const trouble = builder.enumType('ReportTrouble', {
    description: 'Why a schedule sends nothing, or not to everybody, as long as it is so.',
    values: {
      OWNER_GONE: { value: 'owner_gone', description: 'Who made it may not sign in any more.' },
      OWNER_RIGHTS: { value: 'owner_rights', description: 'Who made it may not have schedules any more.' },
      REPORT_GONE: {
        value: 'report_gone',
        description:
          'Who made it may not read the report any more; or it is gone, or about no contacts any more that could enter it.',
      },
      FAILED: { value: 'failed', description: 'The report could not be run; it is tried again.' },
      UNDELIVERABLE: {
        value: 'undeliverable',
        description: 'Mails to a recipient came back: nothing goes to them any more. See `recipients`.',
      },
    } as const satisfies Record<string, { value: Trouble | 'undeliverable'; description: string }>,
  })
  const { actor } = addActor(builder)
  const schedule = builder.objectRef<ReportSchedule>('ReportSchedule').implement({
    description:
      'When a report goes to whom by mail. A mail carries counts and a link; rows go as an encrypted attachment alone, and only if an ' +
      'administrator allowed it. Each recipient is told what they may see, at the moment that the mail is sent.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'For `updateReportSchedule`.' }),
      name: t.exposeString('name', { nullable: false, description: 'What it is called.' }),
      report: t.field({
        type: 'JSON',
        nullable: false,
        description: 'Which report: `{ "key": … }` of a ready-made one, or `{ "id": … }` of a saved one.',
        resolve: (row) => referenceIn(row),
      }),
      parameters: t.field({
        type: 'JSON',
        nullable: false,
        description: 'Values of its parameters.',
        resolve: (row) => JSON.parse(JSON.stringify(parametersIn(row))),
      }),
      cron: t.exposeString('cron', { nullable: true, description: 'When; null: when somebody enters the report.' }),
      timeZone: t.exposeString('timeZone', { nullable: false, description: 'By whose clock: an IANA name.' }),
      attachment: t.field({
        type: format,
        nullable: true,
        description: 'What is attached; null: counts and a link are all.',
        resolve: (row) => formatOf(row) ?? null,
      }),
      attachmentsAllowedAt: t.expose('attachmentsAllowedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when an administrator allows that; null: not yet, or it was changed since.',
      }),
      evenIfEmpty: t.exposeBoolean('evenIfEmpty', {
        nullable: false,
        description: 'Whether a mail comes although there is nothing to say.',
      }),
      enabled: t.boolean({
        nullable: false,
        description: 'Whether it is on.',
        resolve: ({ enabledAt }) => enabledAt !== null,
      }),
      version: t.exposeInt('version', { nullable: false, description: 'Counts its changes.' }),
      owner: t.field({
        type: actor,
        nullable: false,
        description: 'Who made it, and answers for it.',
        resolve: ({ ownerId }) => ({ kind: 'user' as const, id: ownerId }),
      }),
      recipients: t.field({
        type: [recipient],
        nullable: false,
        description: 'To whom.',
        resolve: ({ id }, _args, context) => recipientsOf(context, id),
      }),
      nextAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is due next; of one on entering, when it is looked at next. Null: it is off.',
        resolve: async ({ id, enabledAt }, _args, context) =>
          enabledAt ? ((await turnOf(context, id))?.dueAt ?? null) : null,
      }),
      trouble: t.field({
        type: trouble,
        nullable: true,
        description: 'Why it sent nothing the last time, or not to everybody; null: all is well.',
        resolve: async ({ id }, _args, context) => {
          const told = (await turnOf(context, id))?.trouble
          const trouble = troubles.find((one) => one === told)
          if (trouble) return trouble
          return (await undeliverableIn(context, id)).size > 0 ? 'undeliverable' : null
        },
      }),
      mailings: t.field({
        type: [mailing],
        nullable: false,
        description: `Its last mails, the newest first; at most ${mostMailings}.`,
        resolve: ({ id }, _args, context) => mailingsIn(context, id),
      }),
    }),
  })
  return { schedule, address, protection, format, language }
}

const addProtection = (builder: Builder) => {
  const kind = builder.enumType('ReportProtectionKind', {
    description: 'How attachments are encrypted.',
    values: {
      SMIME: { value: 'smime', description: 'S/MIME: the whole mail, for the owner of a certificate.' },
      OPENPGP: { value: 'openpgp', description: 'OpenPGP: the whole mail, for the owner of a key.' },
      PDF_PASSWORD: { value: 'pdf_password', description: 'A PDF that a password opens.' },
    } as const,
  })
  const kinds = ['smime', 'openpgp', 'pdf_password'] as const
  return builder.objectRef<ReportProtection>('ReportProtection').implement({
    description: 'By what attachments are encrypted for a recipient.',
    auth: { read: reportsRight },
    fields: (t) => ({
      kind: t.field({
        type: kind,
        nullable: false,
        description: 'How.',
        resolve: (row) => kinds.find((one) => one === row.kind) ?? 'pdf_password',
      }),
      fingerprint: t.exposeString('fingerprint', {
        nullable: true,
        description: 'Of the certificate (SHA-256) or the key, in hex; null for a password.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when it may be used.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'Since when it is.' }),
    }),
  })
}

type RecipientParts = {
  language: ReturnType<typeof addTextTypes>['language']
  protection: ReturnType<typeof addProtection>
}

const addRecipient = (builder: Builder, { language, protection }: RecipientParts) => {
  const { actor } = addActor(builder)
  return builder.objectRef<ReportRecipient>('ReportRecipient').implement({
    description: 'Who gets a report by mail.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its own, in this schedule.' }),
      user: t.field({
        type: actor,
        nullable: true,
        description: 'The user; null for an address.',
        resolve: ({ userId }) => (userId ? { kind: 'user' as const, id: userId } : null),
      }),
      address: t.string({
        nullable: true,
        description: 'The address of somebody without an account; null for a user.',
        resolve: async ({ addressId }, _args, context) =>
          addressId ? ((await addressWith(context, addressId))?.address ?? null) : null,
      }),
      language: t.field({
        type: language,
        nullable: true,
        description: 'The language of the mail; null: the recipient’s own.',
        resolve: (row) => (['de', 'en'] as const).find((one) => one === row.language) ?? null,
      }),
      protection: t.field({
        type: protection,
        nullable: true,
        auth: { read: reportsRight },
        description: 'By what attachments are encrypted for them; null: by nothing, so that none are sent.',
        resolve: ({ userId, addressId }, _args, context) => protectionWith(context, userId ?? addressId ?? ''),
      }),
      undeliverableAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was heard that mails to them can’t be delivered: none go there any more.',
        resolve: async ({ id, scheduleId }, _args, context) =>
          (await undeliverableIn(context, scheduleId)).get(id) ?? null,
      }),
    }),
  })
}

const addMailing = (builder: Builder) =>
  builder.objectRef<ListedMailing>('ReportMailing').implement({
    description: 'One mail of a schedule: for each recipient and period there is one, and never two.',
    auth,
    fields: (t) => ({
      recipientId: t.exposeID('recipientId', { nullable: false, description: 'To whom: the `id` of a recipient.' }),
      period: t.expose('period', { type: 'DateTime', nullable: false, description: 'When it was due.' }),
      state: t.field({
        type: mailState(builder),
        nullable: true,
        description: 'How far it is; null: it is too long ago to be known.',
        resolve: ({ state }) => state,
      }),
      sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true, description: 'When the mail server had it.' }),
      bouncedAt: t.expose('bouncedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was heard that it could not be delivered.',
      }),
      perhapsTwice: t.exposeBoolean('perhapsTwice', {
        nullable: false,
        description:
          'Whether the mail server or we died between taking it and confirming, so that it may have come twice, as the same mail.',
      }),
      reason: t.string({
        nullable: true,
        description:
          'Why it was not sent, or not yet: `nothing_to_say`, say; of one that came back: the status (RFC 3463), `5.2.2`.',
        resolve: ({ fault, bounce }) => fault || bounce || null,
      }),
    }),
  })
