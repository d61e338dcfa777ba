import { LegalGround } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { invalidInput } from '../../../graphql/errors.ts'
import { legalGroundType } from '../../contacts/legal-ground.ts'
import { type MonthOfGround, readStatistics } from '../statistics/read.ts'

const auth = { read: 'retention.statistics' }

const mostMonths = 240

/** `contactStatistics`. */
export function addStatistics(builder: Builder): void {
  const month = builder.objectRef<MonthOfGround>('ContactStatistic').implement({
    description:
      'What happened in one month to the grounds of one purpose, of those contacts, too, who were erased since.',
    auth,
    fields: (t) => ({
      month: t.field({
        type: 'Date',
        nullable: false,
        description: 'Its first day (UTC).',
        resolve: (one) => one.month,
      }),
      purpose: t.string({
        nullable: true,
        description: 'The key of the purpose; null: contacts as a whole, whatever they are processed for.',
        resolve: ({ purposeKey }) => purposeKey,
      }),
      ground: t.field({
        type: legalGroundType(builder),
        nullable: true,
        description: 'The ground; null: contacts as a whole.',
        resolve: ({ ground }) => Object.values(LegalGround).find((one) => one === ground) ?? null,
      }),
      began: t.exposeInt('began', {
        nullable: false,
        description: 'How many were given, or contacts made. Who gives consent twice counts twice.',
      }),
      ended: t.exposeInt('ended', { nullable: false, description: 'How many were withdrawn, or lapsed.' }),
      erased: t.exposeInt('erased', { nullable: false, description: 'How many ended since the contact was erased.' }),
      standing: t.exposeInt('standing', { nullable: false, description: 'How many hold at the end of the month.' }),
    }),
  })
  builder.queryField('contactStatistics', (t) =>
    t.field({
      type: [month],
      nullable: true,
      auth,
      description:
        'How many grounds and contacts there were, by month, purpose and ground; months in which nothing happened are left out. Erasures leave ' +
        'it as it was. About all contacts: empty for those who are bound to purposes.',
      args: {
        from: t.arg({ type: 'Date', required: true, description: 'A day of the first month.' }),
        until: t.arg({
          type: 'Date',
          required: true,
          description: `A day of the last month: at most ${mostMonths} later.`,
        }),
        purpose: t.arg.string({ description: 'Only of the purpose with this key.' }),
      },
      resolve: (_root, { from, until, purpose }, context) => {
        const first = (day: Date) => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1))
        const months = (until.getUTCFullYear() - from.getUTCFullYear()) * 12 + until.getUTCMonth() - from.getUTCMonth()
        if (months < 0 || months > mostMonths) {
          throw invalidInput([{ field: 'until', message: `Must be in the same month or up to ${mostMonths} later.` }])
        }
        return readStatistics(context, { from: first(from), to: first(until), purposeKey: purpose ?? undefined })
      },
    }),
  )
}
