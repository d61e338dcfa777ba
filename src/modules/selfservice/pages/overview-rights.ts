import { type Html, html } from '../../../html.ts'
import { isRequestKind, known } from '../../requests/kinds.ts'
import type { OwnRequest } from '../../requests/own.ts'
import { isUndecided } from '../../requests/status.ts'
import { articleText, rightText } from '../../requests/texts.ts'
import { type AskedInVisit, formToken } from './frame.ts'
import type { Overview } from './read-data.ts'
import { titled } from './sections.ts'
import { dayText, filled, requestStatusWords, rightsInOrder, rightWords } from './words.ts'

/** What the contact can ask for, and has asked for. */
export function rightsSection({ text, language, context }: AskedInVisit, { requests }: Overview): Html {
  const officer = context.organisation?.dataProtectionOfficer
  return titled(
    'rights',
    text.rights,
    html`<p>${text.rightsIntro}</p>
<ul class="rows">${rightsInOrder.map((kind) => {
      const { name, hint } = rightWords[kind]
      const asked = requests.find(
        (one) => one.kind === kind && isUndecided(one.status) && one.status !== 'needs_verification',
      )
      const dates = asked && { at: dayText(asked.receivedAt, language), due: dayText(asked.dueAt, language) }
      return html`<li><div><p><strong>${name[language]}</strong></p><p class="hint">${hint[language]}</p>
${dates && html`<p class="notice">${filled(text.asked, dates)}</p>`}</div>
${!asked && html`<a class="button secondary" href="/my/request?of=${kind}" aria-label="${text.ask}: ${name[language]}">${text.ask}</a>`}</li>`
    })}</ul>
<p class="hint">${text.askAgain}</p>
${officer && html`<p class="hint lines">${text.officer}:\n${officer}</p>`}`,
  )
}

/** What became of what the contact asked for, and what was written about it. */
export function requestsSection(asked: AskedInVisit, { requests }: Overview): Html | undefined {
  const { text } = asked
  if (requests.length === 0) return undefined
  return titled('requests', text.requests, html`<ul class="rows">${requests.map((one) => requestRow(asked, one))}</ul>`)
}

function requestRow({ text, language, visit }: AskedInVisit, request: OwnRequest): Html {
  const { id, kind, status, receivedAt, dueAt, decidedAt, article, reason, messages } = request
  const dates = { at: dayText(receivedAt, language), due: dayText(dueAt, language) }
  const state = decidedAt
    ? filled(text.requestDecided, { at: dayText(decidedAt, language) })
    : filled(text.asked, dates)
  return html`<li><div><p><strong>${rightText(known(isRequestKind, kind), language)}</strong> <span class="mark">${requestStatusWords(request)[language]}</span></p>
<p class="hint">${status === 'needs_verification' ? text.requestVerify : state}</p>
${(article || reason) && html`<p class="lines">${article && html`${articleText(article, language)}: `}${reason}</p>`}
${
  messages.length > 0 &&
  html`<details><summary>${text.requestMessages}</summary>${messages.map(
    ({ incoming, writtenAt, text: words }) =>
      html`<p class="hint">${incoming ? text.requestYours : text.requestOurs}, ${dayText(writtenAt, language)}</p><p class="lines">${words}</p>`,
  )}</details>`
}</div>
${
  isUndecided(status) &&
  visit.method !== 'handed_over' &&
  html`<form method="post" action="/my/request/revoke">${formToken(visit)}<input type="hidden" name="id" value="${id}">
<button class="secondary" aria-label="${text.requestRevoke}: ${rightText(known(isRequestKind, kind), language)}">${text.requestRevoke}</button></form>`
}</li>`
}
