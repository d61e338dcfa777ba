import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import type { FieldProposals } from '../../consent/proposals.ts'
import { readForUpdate } from '../../contacts/update.ts'
import type { Given } from '../../fields/given.ts'
import { contactKey } from '../seal.ts'
import { propose } from './propose.ts'

/** Proposes what a partner's page says that a contact wants in custom fields: staff decides over all of it, whatever the modes say. */
export const proposeFields: FieldProposals = async (tx, context, contactId, fields) => {
  const written = fields.map(({ key, value }) => ({ key, written: value ? writtenOf(value) : '' }))
  const faults = written.flatMap(({ key, written }): Fault[] =>
    written === undefined
      ? [{ field: `input.fields.${key}`, message: 'Files can’t be proposed: the person hands them in otherwise.' }]
      : [],
  )
  if (faults.length > 0) throw invalidInput(faults)
  const [key, found] = [await contactKey(context.keys, contactId), await readForUpdate(tx, context, contactId)]
  for (const one of written) {
    const change = { of: 'custom', key: one.key, written: one.written ?? '' } as const
    await propose({ tx, context, key, found }, change, { state: 'open', certain: false })
  }
}

/** As it is written in a form; undefined for what can't be. */
function writtenOf({ text, integer, decimal, money, boolean, date, dateTime, choices, file }: Given) {
  if (file) return undefined
  if (choices) return choices
  if (money) return `${clear(money.amount)} ${money.currency}`
  if (decimal) return clear(decimal)
  if (date) return date.toISOString().slice(0, 10)
  const value = text ?? integer ?? boolean ?? dateTime?.toISOString() ?? ''
  return String(value)
}

/** `1.234` is another number in Germany than in England, so in writing it is none. */
const clear = (number: string) => (/^[+-]?\d{1,3}\.\d{3}$/.test(number.trim()) ? `${number.trim()}0` : number)
