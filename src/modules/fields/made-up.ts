import type { Fault } from '../../graphql/errors.ts'
import { type Random, randomFor } from '../contacts/seed/random.ts'
import { checkValue } from './check-value.ts'
import type { Definition } from './definition.ts'
import type { FieldDraft, Given } from './given.ts'

const day = 86_400_000
const words = ['Amber', 'Birch', 'Cobalt', 'Dune', 'Ember', 'Fjord', 'Garnet', 'Harbour'] as const
const countries = ['DE', 'AT', 'CH', 'FR', 'PL', 'US'] as const

/** Custom fields of the made-up contact number `index`: of most fields a value, as far as one that fits can be made up. */
export function madeUpFields(definitions: readonly Definition[], index: number): FieldDraft[] {
  const random = randomFor(index)
  return definitions.flatMap((definition): FieldDraft[] => {
    const value = definition.required || random.chance(0.7) ? madeUp(definition, index, random) : undefined
    const faults: Fault[] = []
    const fits = value && !definition.retiredAt && checkValue(definition, value, definition.key, faults)
    return fits && faults.length === 0 ? [{ key: definition.key, value }] : []
  })
}

/** Nothing where a pattern or a file is asked for. */
function madeUp({ kind, options, unique, min, max }: Definition, index: number, random: Random): Given | undefined {
  const between = (least: number, most: number) => {
    const low = Math.ceil(Number(min ?? Math.min(least, Number(max ?? least))))
    const span = Math.floor(Number(max ?? Math.max(most, low))) - low
    return unique ? low + index : low + random.below(Math.max(span, 0) + 1)
  }
  const moment = () => {
    const first = Date.parse(min ?? '2015-01-01')
    const span = (Date.parse(max ?? '2026-01-01') - first) / day
    return new Date(first + day * random.below(Math.max(Math.floor(span), 0) + 1))
  }
  const choices = options.filter(({ retired }) => !retired).map(({ value }) => value)
  if (kind === 'text' || kind === 'long_text') return { text: unique ? `Example ${index}` : random.pick(words) }
  if (kind === 'integer') return { integer: between(0, 100) }
  if (kind === 'decimal') return { decimal: String(between(0, 100)) }
  if (kind === 'money') return { money: { amount: String(between(0, 5000)), currency: 'EUR' } }
  if (kind === 'boolean') return { boolean: random.chance(0.5) }
  if (kind === 'date') return { date: moment() }
  if (kind === 'date_time') return { dateTime: moment() }
  if (kind === 'email') return { text: `person${index}@example.org` }
  if (kind === 'url') return { text: `https://example.org/${index}` }
  if (kind === 'document') return { text: `DOC-${index}` }
  if (kind === 'country') return { text: random.pick(countries) }
  if (kind === 'choice' && choices.length > 0) return { text: random.pick(choices) }
  return kind === 'choices' ? { choices: choices.filter(() => random.chance(0.4)) } : undefined
}
