import { type Html, html } from '../../../html.ts'
import type { AskedInVisit } from './frame.ts'
import type { Overview } from './read-data.ts'
import { titled } from './sections.ts'
import { dayText, filled, rightsInOrder, rightWords } from './words.ts'

/** What the contact can ask for, and has asked for. */
export function rightsSection({ text, language }: AskedInVisit, { requests }: Overview): Html {
  return titled(
    'rights',
    text.rights,
    html`<p>${text.rightsIntro}</p>
<ul class="rows">${rightsInOrder.map((kind) => {
      const { name, hint } = rightWords[kind]
      const asked = requests.find((one) => one.kind === kind && one.status === 'open')
      const dates = asked && { at: dayText(asked.receivedAt, language), due: dayText(asked.dueAt, language) }
      return html`<li><div><p><strong>${name[language]}</strong></p><p class="hint">${hint[language]}</p>
${dates && html`<p class="notice">${filled(text.asked, dates)}</p>`}</div>
${!asked && html`<a class="button secondary" href="/my/request?of=${kind}" aria-label="${text.ask}: ${name[language]}">${text.ask}</a>`}</li>`
    })}</ul>
<p class="hint">${text.askAgain}</p>`,
  )
}
