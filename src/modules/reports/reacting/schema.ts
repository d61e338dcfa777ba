import { encodeGlobalID } from '@pothos/plugin-relay'
import type { ReportReaction } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { uuidOrNobody } from '../../../graphql/ids.ts'
import { erasureGroundType } from '../../erasure/graphql/enums.ts'
import { type Given, parametersOf, type ReportInputs, referenceOf } from '../graphql/inputs.ts'
import { noteOfReference } from '../graphql/note.ts'
import type { ReportTypes } from '../graphql/types.ts'
import { cancelReaction, findReaction, listReactions } from './find.ts'
import { addReactionInput, type GivenReaction } from './inputs.ts'
import { kindOf, skipReasons } from './kinds.ts'
import { type Asking, checkReaction, type Preview, previewReaction, react } from './order.ts'
import { progressOf } from './progress.ts'
import { countsIn } from './subjects.ts'

const auth = { read: 'reports.reactions', write: 'reports.reactions' }
const read = { read: 'reports.reactions' }

type Arguments = {
  report: Given
  parameters?: unknown
  filter?: object | null | undefined
  reaction: GivenReaction
  rows?: readonly string[] | null | undefined
}

/** Doing something with all whom a report shows. */
export function addReactions(builder: Builder, inputs: ReportInputs, { languageArgument }: ReportTypes): void {
  const { kind, input } = addReactionInput(builder, erasureGroundType(builder))
  const skipped = builder.objectRef<{ reason: string; count: number }>('ReportReactionSkipped').implement({
    description: 'With how many it is not done, and why.',
    auth: read,
    fields: (t) => ({
      reason: t.exposeString('reason', { nullable: false, description: 'For programs: `said_no`, `no_address` …' }),
      text: t.string({
        nullable: false,
        description: 'For people.',
        args: { language: t.arg(languageArgument) },
        resolve: ({ reason }, { language }) => {
          const found = Object.entries(skipReasons).find(([known]) => known === reason)
          return found?.[1][language ?? 'en'] ?? reason
        },
      }),
      count: t.exposeInt('count', { nullable: false, description: 'How many.' }),
    }),
  })
  const preview = builder.objectRef<Preview>('ReportReactionPreview').implement({
    description: 'What would come of it, if it were done now.',
    auth: read,
    sensitive: true,
    fields: (t) => ({
      total: t.exposeInt('total', { nullable: false, description: 'How many it is about.' }),
      would: t.exposeInt('would', {
        nullable: false,
        description: 'With how many it would be done: give it as `expected`.',
      }),
      skipped: t.field({
        type: [skipped],
        nullable: false,
        description: 'With how many not.',
        resolve: (one) => one.skipped,
      }),
    }),
  })
  const state = builder.enumType('ReportReactionState', {
    description: 'How far a reaction is.',
    values: {
      QUEUED: { value: 'queued', description: 'It waits, or is being done.' },
      DONE: { value: 'done', description: 'It is done.' },
      FAILED: { value: 'failed', description: 'It stopped before it was done: `fault` says why. What was done stays.' },
      CANCELLED: { value: 'cancelled', description: 'It was called off. What was done stays.' },
    } as const,
  })
  const reaction = builder.objectRef<ReportReaction>('ReportReaction').implement({
    description:
      'Something that is done with all whom a report showed, or with some of them: one action, done by a worker.',
    auth: read,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity.' }),
      kind: t.field({ type: kind, nullable: false, description: 'What is done.', resolve: (one) => kindOf(one) }),
      report: t.string({
        nullable: true,
        description: 'The key or the `id` of the report; null: it was only tried.',
        resolve: ({ report }) => report || null,
      }),
      wish: t.field({
        type: 'JSON',
        nullable: false,
        description: 'What was said with it: `{ purpose, validUntil, reason, ground }`.',
        resolve: ({ wish }) => JSON.parse(JSON.stringify(wish)),
      }),
      state: t.field({
        type: state,
        nullable: false,
        description: 'How far it is.',
        resolve: ({ state: its }) => stateIn(its),
      }),
      total: t.exposeInt('total', { nullable: false, description: 'How many it is about.' }),
      changed: t.int({
        nullable: false,
        description: 'With how many it is done, up to now.',
        resolve: async ({ id, changed }, _args, { database }) =>
          (await database.reportReactionWork.findUnique({ where: { id } }))?.changed ?? changed,
      }),
      skipped: t.field({
        type: [skipped],
        nullable: false,
        description: 'With how many not, up to now.',
        resolve: async ({ id, skipped: stored }, _args, { database }) => {
          const counts = (await database.reportReactionWork.findUnique({ where: { id } }))?.skipped ?? stored
          return Object.entries(countsIn(counts)).map(([reason, count]) => ({ reason, count }))
        },
      }),
      fault: t.string({
        nullable: true,
        description: 'Why it stopped: a code of the errors.',
        resolve: ({ fault }) => fault || null,
      }),
      erasureId: t.id({
        nullable: true,
        description: 'The `id` of the erasure that it asked for: it is decided and executed there.',
        resolve: ({ erasureId }) => erasureId && encodeGlobalID('Erasure', erasureId),
      }),
      requestId: t.exposeString('requestId', {
        nullable: false,
        description: 'Under this, the log has all that it did.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was asked for.' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    }),
  })
  const args = {
    report: { type: inputs.reference, required: true, description: 'Which report.' },
    parameters: { type: 'JSON', description: 'Values of its parameters, as for `runReport`.' },
    reaction: { type: input, required: true, description: 'What is to be done.' },
    rows: { description: 'The `id`s of rows, at most 10,000; without: all that the report shows you.' },
  } as const
  builder.queryFields((t) => ({
    previewReportReaction: t.field({
      type: preview,
      nullable: true,
      auth: read,
      description:
        'What would come of a reaction: with how many it would be done, and with how many not, and why. Nothing is done.',
      args: {
        report: t.arg(args.report),
        parameters: t.arg(args.parameters),
        filter: t.arg(inputs.filter),
        reaction: t.arg(args.reaction),
        rows: t.arg.idList(args.rows),
      },
      readLog: async (_root, given, context) => {
        await checkReaction(context, askingOf(given))
        return noteOfReference(given.report, given.reaction.kind)
      },
      resolve: (_root, given, context) => previewReaction(context, askingOf(given)),
    }),
    reportReaction: t.field({
      type: reaction,
      nullable: true,
      auth: read,
      description:
        'How far a reaction is: of yours, or any if you may read the log of all contacts. Null if there is none that you see.',
      args: { id: t.arg.id({ required: true, description: 'The reaction.' }) },
      resolve: (_root, { id }, context) => findReaction(context, uuidOrNobody(id)),
    }),
    reportReactions: t.field({
      type: [reaction],
      nullable: true,
      auth: read,
      description: 'Your reactions, or all if you may read the log of all contacts; the newest first, at most 200.',
      resolve: (_root, _args, context) => listReactions(context),
    }),
  }))
  builder.subscriptionField('reportReactionProgress', (t) =>
    t.field({
      type: reaction,
      nullable: true,
      auth: read,
      description:
        'A reaction that you see while it is done, whenever it is further on, and at last when it is over; then it ends. It ends with an error ' +
        'when your rights do.',
      args: { id: t.arg.id({ required: true, description: 'The reaction.' }) },
      subscribe: (_root, { id }, context) => progressOf(context, uuidOrNobody(id)),
      resolve: (found) => found,
    }),
  )
  builder.mutationFields((t) => ({
    reactToReport: t.field({
      type: reaction,
      nullable: true,
      auth,
      description:
        'Does something with all whom a report shows you now, or with some of them, as one action that is in the log. A worker does it, by your ' +
        'rights as they are then; look at it with `previewReportReaction` first.',
      args: {
        report: t.arg(args.report),
        parameters: t.arg(args.parameters),
        filter: t.arg(inputs.filter),
        reaction: t.arg(args.reaction),
        rows: t.arg.idList(args.rows),
        expected: t.arg.int({
          description: '`would` of the preview: `CONFLICT`, and nothing is done, if it would be another number by now.',
        }),
      },
      resolve: (_root, { expected, ...given }, context) => react(context, askingOf(given), expected),
    }),
    cancelReportReaction: t.field({
      type: reaction,
      nullable: true,
      auth,
      description: 'Calls off what is not done yet of a reaction of yours. What was done stays.',
      args: { id: t.arg.id({ required: true, description: 'The reaction.' }) },
      resolve: (_root, { id }, context) => cancelReaction(context, uuidOrNobody(id)),
    }),
  }))
}

const askingOf = ({ report, parameters, filter, reaction, rows }: Arguments): Asking => {
  const { kind, purpose, validUntil, reason, ground } = reaction
  return {
    report: referenceOf(report, filter),
    parameters: parametersOf(parameters),
    kind,
    wish: {
      purpose: purpose ?? undefined,
      validUntil: validUntil ?? undefined,
      reason: reason ?? undefined,
      ground: ground ?? undefined,
    },
    ...(rows && { rows: rows.map(uuidOrNobody) }),
  }
}

const stateIn = (stored: string): 'queued' | 'done' | 'failed' | 'cancelled' => {
  const found = (['queued', 'done', 'failed', 'cancelled'] as const).find((known) => known === stored)
  if (!found) throw new Error(`${stored} is stored, and nobody knows it`)
  return found
}
