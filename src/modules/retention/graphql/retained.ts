import { encodeGlobalID } from '@pothos/plugin-relay'
import DataLoader from 'dataloader'
import { validate as isUuid } from 'uuid'
import { Prisma, type RetainedHold, type RetainedRecord } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { invalidInput, notFound } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { listRows } from '../../../graphql/list-rows.ts'
import { isBound } from '../../contacts/sight.ts'
import { downloadPath, restrictedRight } from '../kept/download.ts'
import { holdRetained, releaseRetained } from '../kept/hold.ts'
import { openRetained } from '../kept/open.ts'
import type { SealedFile, SealedRecord } from '../kept/record.ts'
import { sortedBy } from '../listing.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    retainedRecords?: DataLoader<RetainedRecord, SealedRecord>
    retainedHolds?: DataLoader<string, RetainedHold | null>
  }
}

const auth = { read: restrictedRight }

type File = SealedFile & { recordId: string; number: number }

/** `retainedRecords`: what a law keeps of contacts that were erased. */
export function addRetained(builder: Builder): void {
  const record = addRecord(builder)
  addHolding(builder)
  const filter = builder.inputType('RetainedRecordFilter', {
    description: 'Which records; what is given holds together.',
    auth,
    fields: (t) => ({
      erasure: t.id({ description: 'Kept at this erasure.' }),
      subject: t.id({ description: 'Of the contact that had this id: a UUID, as the register of erasures has it.' }),
      kind: t.string({ description: 'Of this kind: `order`.' }),
      retention: t.string({ description: 'By this retention class, or kind of business record: `voucher`.' }),
      endsBefore: t.field({ type: 'DateTime', description: 'Whose period ends before then.' }),
    }),
  })
  builder.queryField('retainedRecords', (t) =>
    t.connection(
      {
        type: record,
        nullable: true,
        auth,
        description:
          'What a law obliges to keep of contacts that were erased, until its period ends; those first that end first. Nothing else in the ' +
          'product sees it. That a record is looked into is logged. None for those who are bound to purposes.',
        args: { filter: t.arg({ type: filter, description: 'Which; without, all.' }) },
        resolve: (_root, { filter: given, ...page }, context) => {
          const { database } = context
          const { erasure, subject, kind, retention, endsBefore } = given ?? {}
          if (subject && !isUuid(subject)) throw invalidInput([{ field: 'filter.subject', message: 'Must be a UUID.' }])
          const conditions = [
            Prisma.sql`r.settled`,
            ...(isBound(context) ? [Prisma.sql`false`] : []),
            ...(erasure ? [Prisma.sql`r.erasure_id = ${uuidOf('Erasure', erasure)}::uuid`] : []),
            ...(subject ? [Prisma.sql`r.subject_id = ${subject}::uuid`] : []),
            ...(kind ? [Prisma.sql`r.kind = ${kind}`] : []),
            ...(retention ? [Prisma.sql`r.retention_key = ${retention}`] : []),
            ...(endsBefore ? [Prisma.sql`r.until < ${endsBefore}`] : []),
          ]
          const read = (ids: string[]) => database.retainedRecord.findMany({ where: { id: { in: ids } } })
          return listRows(database, Prisma.sql`retained_record`, { keys: sortedBy('until'), conditions, page, read })
        },
      },
      { name: 'RetainedRecordConnection' },
      { name: 'RetainedRecordEdge' },
    ),
  )
}

function addHolding(builder: Builder) {
  const both = { read: restrictedRight, write: 'retention.holds' }
  const subject = 'Whose: the UUID that the contact had.'
  builder.mutationFields((t) => ({
    holdRetainedRecords: t.field({
      type: 'DateTime',
      nullable: true,
      auth: both,
      description:
        'Keeps all that a law retains of somebody who was erased beyond its period, until it is lifted: while a tax is not assessed (§ 147(3) AO), ' +
        'or for a claim at law. Returns since when. `NOT_FOUND`, `CONFLICT`, `INVALID_INPUT`.',
      args: {
        subject: t.arg.id({ required: true, description: subject }),
        reason: t.arg.string({ required: true, description: 'Why: at most 500 characters.' }),
      },
      resolve: async (_root, args, context) =>
        (await holdRetained(context, subjectOf(args.subject), args.reason)).placedAt,
    }),
    releaseRetainedRecords: t.field({
      type: 'DateTime',
      nullable: true,
      auth: both,
      description:
        'Lifts that: what is over erases itself within minutes. Returns since when it was held. `NOT_FOUND`.',
      args: { subject: t.arg.id({ required: true, description: subject }) },
      resolve: async (_root, args, context) => (await releaseRetained(context, subjectOf(args.subject))).placedAt,
    }),
  }))
}

function subjectOf(id: string): string {
  if (!isUuid(id)) throw notFound('RetainedRecord')
  return id
}

function holdOf(context: Context, subjectId: string): Promise<RetainedHold | null> {
  context.loaders.retainedHolds ??= new DataLoader(async (ids: readonly string[]) => {
    const found = await context.database.retainedHold.findMany({ where: { subjectId: { in: [...ids] } } })
    const bySubject = new Map(found.map((hold) => [hold.subjectId, hold]))
    return ids.map((id) => bySubject.get(id) ?? null)
  })
  return context.loaders.retainedHolds.load(subjectId)
}

function addRecord(builder: Builder) {
  const file = builder.objectRef<File>('RetainedFile').implement({
    description: 'A file of a record that is kept.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: 'What it was called.' }),
      mediaType: t.exposeString('mediaType', { nullable: false, description: 'IANA.' }),
      size: t.float({ nullable: false, description: 'Bytes.', resolve: ({ size }) => size }),
      sha256: t.exposeString('sha256', { nullable: false, description: 'Of the content, hex.' }),
      url: t.string({
        nullable: false,
        description: 'Where it is downloaded, with your own credentials; the log tells of it.',
        resolve: ({ recordId, number }, _args, { publicUrl }) =>
          `${publicUrl}${downloadPath}?record=${encodeURIComponent(encodeGlobalID('RetainedRecord', recordId))}&file=${number}`,
      }),
    }),
  })
  return builder.objectRef<RetainedRecord>('RetainedRecord').implement({
    description: 'A copy of a record that a law obliges to keep though its contact was erased (Art. 17(3)(b) GDPR).',
    auth,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('RetainedRecord', id),
      }),
      erasure: t.id({
        nullable: false,
        description: 'The `id` of the erasure that it was kept at.',
        resolve: ({ erasureId }) => encodeGlobalID('Erasure', erasureId),
      }),
      subject: t.id({
        nullable: false,
        description: 'The UUID that the contact had: by it, records of one person are known to be so.',
        resolve: ({ subjectId }) => subjectId,
      }),
      kind: t.exposeString('kind', { nullable: false, description: 'Of which kind: `order`.' }),
      retention: t.exposeString('retentionKey', {
        nullable: false,
        description: 'The retention class, or the kind of business record: `voucher`.',
      }),
      citation: t.exposeString('citation', { nullable: false, description: 'The law that says so.' }),
      until: t.expose('until', {
        type: 'DateTime',
        nullable: false,
        description: 'When its period ends, and it erases itself; exclusive.',
      }),
      heldSince: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Since when it is held beyond its period (`holdRetainedRecords`).',
        resolve: async ({ subjectId }, _args, context) => (await holdOf(context, subjectId))?.placedAt ?? null,
      }),
      heldFor: t.string({
        nullable: true,
        auth: { read: 'retention.holds' },
        description: 'Why.',
        resolve: async ({ subjectId }, _args, context) => (await holdOf(context, subjectId))?.reason ?? null,
      }),
      record: t.field({
        type: 'JSON',
        nullable: true,
        description: 'The record itself, as a person would be told of it (Art. 15 GDPR).',
        readLog: ({ id }) => ({ entityId: id }),
        resolve: async (row, _args, context) => ({ ...(await opened(context, row)).record }),
      }),
      files: t.field({
        type: [file],
        nullable: true,
        description: 'Its files.',
        readLog: ({ id, files }) => (files > 0 ? { entityId: id } : undefined),
        resolve: async (row, _args, context) =>
          row.files === 0
            ? []
            : (await opened(context, row)).files.map((one, index) => ({ ...one, recordId: row.id, number: index + 1 })),
      }),
    }),
  })
}

/** Opened once, whatever is asked of it; the keys of many in one statement. */
function opened(context: Context, row: RetainedRecord): Promise<SealedRecord> {
  context.loaders.retainedRecords ??= new DataLoader(async (rows: readonly RetainedRecord[]) => {
    await context.keys.find(rows.map(({ id }) => id))
    return Promise.all(rows.map((one) => openRetained(context, one)))
  })
  return context.loaders.retainedRecords.load(row)
}
