import type { Builder } from '../../graphql/builder.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import { dimensionsOf, type Subject } from './cells.ts'
import { monthOf, monthsLater } from './months.ts'
import { type By, lastReleased, readStatistics } from './read.ts'
import { thresholdOf } from './settings.ts'
import { addTypes, auth } from './types.ts'

const mostMonths = 240

const overTime: readonly By[] = ['month', 'quarter', 'year']

/** `statistics`. */
export function addStatistics(builder: Builder): void {
  const types = addTypes(builder)
  builder.queryField('statistics', (t) =>
    t.field({
      type: types.answer,
      nullable: true,
      auth,
      description:
        'How many contacts, consents, grounds, requests and erasures there were, in months that are over. Each number is released once, with ' +
        'noise in it that hides every single person in whatever is computed from them; what is too small isn’t shown, nor what that could be ' +
        'computed from. A period that isn’t over is the sum of its months and quarters that are: null if one of them is. So are months together ' +
        'that are no calendar year. Erasures leave them as they were. About all contacts: empty for those who are bound to purposes.',
      args: {
        subject: t.arg({ type: types.subject, required: true, description: 'What they are about.' }),
        by: t.arg({
          type: [types.dimension],
          required: true,
          defaultValue: ['month'],
          description: 'By what they are told apart: one span of time at most, and what the subject has.',
        }),
        from: t.arg({
          type: 'Date',
          required: true,
          description: 'A day of the first period; without one, of the first month.',
        }),
        until: t.arg({
          type: 'Date',
          required: true,
          description: `A day of the last period, or month: less than ${mostMonths} later.`,
        }),
        purpose: t.arg.string({ description: 'Only of the purpose with this key.' }),
      },
      resolve: async (_root, { subject, by, from, until, purpose }, context) => {
        const months = { from: monthOf(from), until: monthOf(until) }
        refuseUnfit({ subject, by, purpose: purpose ?? undefined, ...months })
        const cells = await readStatistics(context, { subject, by, ...months, purposeKey: purpose ?? undefined })
        return { cells, releasedUntil: await lastReleased(context), threshold: thresholdOf(context) }
      },
    }),
  )
}

function refuseUnfit(asked: {
  subject: Subject
  by: readonly By[]
  purpose: string | undefined
  from: Date
  until: Date
}) {
  const { subject, by, purpose, from, until } = asked
  const faults: Fault[] = []
  const dimensions: readonly string[] = dimensionsOf[subject]
  if (by.filter((one) => overTime.includes(one)).length > 1) {
    faults.push({ field: 'by', message: 'Name one of MONTH, QUARTER and YEAR.' })
  }
  if (by.some((one) => !overTime.includes(one) && !dimensions.includes(one))) {
    const known = dimensions.map((one) => (one === 'purposeKey' ? 'PURPOSE' : one.toUpperCase()))
    faults.push({
      field: 'by',
      message: `${subject.toUpperCase()} are told apart by ${['time', ...known].join(', ')}.`,
    })
  }
  if (purpose !== undefined && !dimensions.includes('purposeKey')) {
    faults.push({ field: 'purpose', message: `${subject.toUpperCase()} are not told apart by purpose.` })
  }
  if (until < from || until >= monthsLater(from, mostMonths)) {
    faults.push({ field: 'until', message: `Must be in the same month, or less than ${mostMonths} later.` })
  }
  if (faults.length > 0) throw invalidInput(faults)
}
