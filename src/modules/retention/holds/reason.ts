import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'

/** Why somebody is held, or not any more. Throws INVALID_INPUT for nothing, and for more than 500 characters. */
export function checkedReason(text: string): string {
  const faults: Fault[] = []
  const reason = checkText(text, 'reason', { max: 500 }, faults)
  if (faults.length === 0 && !reason) faults.push({ field: 'reason', message: 'Say why.' })
  if (faults.length > 0) throw invalidInput(faults)
  return reason
}
