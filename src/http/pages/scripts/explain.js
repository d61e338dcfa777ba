import { Refusal } from './ask.js'
import { language, texts } from './texts.js'

/** Thrown with a text for the reader of the page. */
export class Complaint extends Error {}

/** Says what went wrong. `own`: texts for codes that mean something special where this happened. */
export function explain(fault, own = {}) {
  if (fault instanceof Complaint) return fault.message
  if (fault instanceof Refusal) {
    if (own[fault.code]) return own[fault.code]
    if (fault.code === 'TOO_MANY_ATTEMPTS')
      return texts.tooMany.replace('{when}', whenOver(fault.extensions.retryAfter))
    if (fault.code === 'NOT_FOUND') return texts.gone
    if (fault.code === 'INVALID_INPUT') return fault.extensions.faults.map(ruleText).join(' ')
  } else {
    reportError(fault) // A mistake in these scripts: for the console, too.
  }
  return texts.failed
}

/** What a fault says, in our words if there are some for the rule that is broken. */
const ruleText = ({ rule, message }) => texts[`rule-${rule}`] ?? message

/** `in 30 seconds`, in the largest unit that isn't much too coarse. */
function whenOver(seconds) {
  const format = new Intl.RelativeTimeFormat(language)
  if (seconds < 100) return format.format(seconds, 'second')
  if (seconds < 6000) return format.format(Math.ceil(seconds / 60), 'minute')
  return format.format(Math.ceil(seconds / 3600), 'hour')
}
