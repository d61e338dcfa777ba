import type { RetentionClass } from '#prisma/client.ts'
import type { Language } from '../../../http/pages/language.ts'
import { citationIn } from '../../citation.ts'
import { actionLabels, durationText, startLabels } from '../../lawfulness/register/export/labels.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'

/** How long something is kept, why, and what becomes of it then. */
export function retentionText({ names, period, start, action, citation }: RetentionClass, language: Language): string {
  const rule = `${durationText(period, language)} ${startLabels[start][language]}, ${actionLabels[action][language]}`
  return `${textIn(textsIn(names), language)}: ${rule}${citation ? ` (${citationIn(language, citation)})` : ''}`
}
