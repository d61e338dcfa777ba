import { type Html, html } from '../../../html.ts'
import { groundLabels } from '../../lawfulness/register/export/labels.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { type AskedInVisit, formToken } from './frame.ts'
import type { Overview } from './read-data.ts'
import type { PurposeView } from './read-purposes.ts'
import { retentionText } from './retention-text.ts'
import { titled } from './sections.ts'
import { dayText, eventWords, filled, momentText } from './words.ts'

/** What the data is used for, on which ground, with all that happened, and what the contact can do about it. */
export function purposesSection(asked: AskedInVisit, { purposes }: Overview): Html {
  const { text } = asked
  const offers = purposes.filter((view) => view.holding.length === 0 && view.history.length === 0 && view.canGive)
  const known = purposes.filter((view) => !offers.includes(view))
  return titled(
    'purposes',
    text.purposes,
    html`<p>${known.length > 0 ? text.purposesIntro : text.noPurposes}</p>
${known.map((view) => purposeCard(asked, view))}
${offers.length > 0 && html`<h3 class="offers">${text.offers}</h3>${offers.map((view) => purposeCard(asked, view, true))}`}`,
  )
}

function purposeCard(asked: AskedInVisit, view: PurposeView, offer = false): Html {
  const { text, language, visit } = asked
  const { purpose, holding, pending, canGive, canWithdraw, canObject } = view
  const name = textIn(textsIn(purpose.names), language)
  const description = textIn(textsIn(purpose.descriptions), language)
  const act = (what: 'withdraw' | 'object', label: string) =>
    html`<form method="post" action="/my/consent">${formToken(visit)}<input type="hidden" name="of" value="${purpose.key}">
<button class="secondary" name="act" value="${what}" aria-label="${label}: ${name}">${label}</button></form>`
  const state = holding.length > 0 ? text.inUse : pending ? text.pending : text.notInUse
  return html`<article class="purpose">
${offer ? html`<h4>${name}</h4>` : html`<h3>${name}</h3>`}
${description && html`<p>${description}</p>`}
${!offer && html`<p class="${holding.length > 0 ? 'state on' : 'state'}">${state}</p>`}
${
  holding.length > 0 &&
  html`<ul class="grounds">${holding.map(
    ({ ground, from, until }) =>
      html`<li>${groundLabels[ground][language]}, ${text.from} ${dayText(from, language)}${
        until && html`, ${text.until} ${dayText(until, language)}`
      }</li>`,
  )}</ul>`
}
<div class="buttons">
${canWithdraw && act('withdraw', text.withdraw)}
${canObject && act('object', text.object)}
${canGive && html`<a class="button" href="/my/consent?of=${encodeURIComponent(purpose.key)}" aria-label="${text.giveConsent} ${name}">${text.giveConsent}</a>`}
</div>
<details><summary>${text.details}<span class="hidden">: ${name}</span></summary>${details(asked, view)}</details>
</article>`
}

function details({ text, language }: AskedInVisit, { purpose, history }: PurposeView): Html {
  const list = (label: string, values: readonly string[], none?: string) =>
    (values.length > 0 || none) && html`<div><dt>${label}</dt><dd>${values.join(', ') || none}</dd></div>`
  const retention = purpose.retention && retentionText(purpose.retention, language)
  return html`<dl>
${list(text.categories, purpose.dataCategories)}
${list(text.recipients, purpose.recipients, text.noRecipients)}
${list(text.transfers, purpose.transfers)}
${list(text.retention, retention ? [retention] : [])}
</dl>
${
  history.length > 0 &&
  html`<p><strong>${text.history}</strong></p><ol class="history">${history.map(
    ({ kind, ground, occurredAt, source, notice }) => html`<li>
<p>${eventWords[kind][language]}${ground && html`: ${groundLabels[ground][language]}`}
<span class="hint">${momentText(occurredAt, language)}${source && html`, ${source}`}</span></p>
${
  notice &&
  html`<details><summary>${filled(text.shown, { version: notice.version })}</summary>
<div class="quoted" lang="${notice.language}">${notice.text}</div></details>`
}</li>`,
  )}</ol>`
}`
}
