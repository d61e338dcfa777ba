import type { Fault } from '../../graphql/errors.ts'
import { checkText } from '../check-text.ts'

/** Checks a birth date written `YYYY-MM-DD`. The answer is UTC midnight of the day, `null` for empty text. */
export function checkBirthDate(
  text: string | null | undefined,
  field: string,
  now: Date,
  faults: Fault[],
): Date | null | undefined {
  const clean = text?.trim()
  if (!clean) return null
  const date = /^\d{4}-\d{2}-\d{2}$/.test(clean) ? new Date(`${clean}T00:00:00Z`) : undefined
  // V8 rolls 31 February over to March instead of refusing it, so the day is compared with what was written.
  if (!date || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(clean)) {
    faults.push({ field, message: 'Must be a real day, written YYYY-MM-DD, such as 1985-04-12.' })
  } else if (date > now) {
    faults.push({ field, message: 'Must not lie in the future.' })
  } else if (date.getUTCFullYear() < 1850) {
    faults.push({ field, message: 'Must not lie before 1850.' })
  } else {
    return date
  }
  return undefined
}

/** Checks a moment at which something was done: not long ago in another age, and not in the future. */
export function checkMoment(moment: Date, field: string, faults: Fault[]): void {
  // A day of grace, for clocks that are set wrong.
  const latest = Date.now() + 24 * 60 * 60 * 1000
  if (moment.getTime() > latest) faults.push({ field, message: 'Must not lie in the future.' })
  else if (moment.getUTCFullYear() < 1900) faults.push({ field, message: 'Must not lie before 1900.' })
}

/** Checks a BCP 47 language tag and answers its canonical form (`de_at` becomes `de-AT`). */
export function checkLanguage(text: string | null | undefined, field: string, faults: Fault[]): string {
  const clean = checkText(text, field, { max: 50 }, faults)
  if (!clean) return ''
  try {
    // Phones and older systems write the POSIX form with an underscore.
    return Intl.getCanonicalLocales(clean.replaceAll('_', '-'))[0] ?? ''
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    faults.push({ field, message: 'Must be a BCP 47 language tag, such as de or en-GB.' })
    return ''
  }
}

let timeZones: Map<string, string> | undefined

/** Checks the name of an IANA time zone; older names are kept as they are (`Europe/Kiev`). Offsets are refused. */
export function checkTimeZone(text: string | null | undefined, field: string, faults: Fault[]): string {
  const clean = checkText(text, field, { max: 50 }, faults)
  if (!clean) return ''
  timeZones ??= new Map(Intl.supportedValuesOf('timeZone').map((name) => [name.toLowerCase(), name]))
  const known = timeZones.get(clean.toLowerCase())
  if (known) return known
  try {
    // The list lacks the older names, which Intl takes all the same; offsets, which it takes too, know no summer time.
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: clean }).resolvedOptions()
    if (/^[a-z]/i.test(timeZone)) return timeZone.toLowerCase() === clean.toLowerCase() ? timeZone : clean
    throw new RangeError(`${clean} is an offset`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    faults.push({ field, message: 'Must be an IANA time zone, such as Europe/Berlin.' })
    return ''
  }
}
