import { type Html, html } from '../../../html.ts'
import { pointKindList } from '../../contacts/points.ts'
import { isFile } from '../../fields/values.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import { filePath } from './file.ts'
import type { AskedInVisit } from './frame.ts'
import { labelOf } from './labels.ts'
import { columnMatters, columnsOf } from './matters.ts'
import type { Overview, ProposalView } from './read-data.ts'
import { retentionText } from './retention-text.ts'
import { titled } from './sections.ts'
import { changeText, columnText, pointText, valueText } from './value-text.ts'
import { dayText, fieldWords, pointLabelText } from './words.ts'

type Row = {
  label: string
  values: readonly { text: string; marks?: readonly string[]; link?: string; file?: string }[]
  /** What it is held for, and how long. */
  hint?: string | undefined
  add?: string
}

/** What is held: each field with its value, and the way to correct it. */
export function dataSection(asked: AskedInVisit, overview: Overview): Html {
  const { text } = asked
  const groups = Map.groupBy(customRows(asked, overview), ({ group }) => group)
  return titled(
    'data',
    text.data,
    html`<p>${text.dataIntro}</p>
${rows(asked, [...columnRows(asked, overview), ...pointRows(asked, overview), ...otherRows(asked, overview)])}
${[...groups].map(([group, own]) => html`${group && html`<h3>${group}</h3>`}${rows(asked, own)}`)}
<p class="hint">${text.more}</p>`,
  )
}

function rows({ text }: AskedInVisit, all: readonly Row[]): Html {
  return html`<dl class="held">${all.map(
    ({ label, values, add, hint }) =>
      html`<div><dt>${label}</dt>${values.map(
        ({ text: value, marks = [], link, file }) =>
          html`<dd>${file ? html`<a href="${file}" class="file" aria-label="${text.download}: ${label}, ${value}">${value}</a>` : html`<span class="lines">${value}</span>`}${marks.map((mark) => html` <span class="mark">${mark}</span>`)}${
            link && html` <a href="${link}" aria-label="${text.correct}: ${label}, ${value}">${text.correct}</a>`
          }</dd>`,
      )}${
        add && html`<dd><a href="${add}" aria-label="${text.add}: ${label}">${text.add}</a></dd>`
      }${values.length === 0 && !add && html`<dd>${text.nothing}</dd>`}${hint && html`<dd class="hint">${hint}</dd>`}</div>`,
  )}</dl>`
}

function columnRows({ language }: AskedInVisit, { contact, modes }: Overview): Row[] {
  return columnMatters.flatMap((of): Row[] => {
    const columns = columnsOf(of)
    const value = columns
      .map((name) => columnText(name, contact[name], language))
      .filter(Boolean)
      .join(of === 'work' ? '\n' : ' ')
    const link = columns.some((name) => modes.of(name) !== 'none') ? linkTo(of) : undefined
    const label = fieldWords[of][language]
    if (!value) return link && of !== 'timeZone' ? [{ label, values: [], add: link }] : []
    return [{ label, values: [{ text: value, ...(link && { link }) }] }]
  })
}

function pointRows({ language, text }: AskedInVisit, { points, modes }: Overview): Row[] {
  return pointKindList.flatMap(({ kind, field }): Row[] => {
    const own = points.filter((point) => point.kind === kind)
    const open = modes.of(field) !== 'none'
    if (own.length === 0 && !open) return []
    const values = own.map((point) => {
      const marks = [
        pointLabelText(point.label, language),
        point.primary && own.length > 1 ? text.primary : '',
        point.verifiedAt ? text.verified : '',
      ].filter(Boolean)
      return { text: pointText(point, language), marks, ...(open && { link: linkTo(field, point.id) }) }
    })
    return [{ label: fieldWords[field][language], values, ...(open && { add: linkTo(field) }) }]
  })
}

function otherRows({ language, text }: AskedInVisit, { contact, imported }: Overview): Row[] {
  const { tags, source, sourceAt, createdAt } = contact
  const origin = [source, sourceAt && dayText(sourceAt, language), imported && text.imported].filter(Boolean).join(', ')
  return [
    ...(tags.length > 0 ? [{ label: fieldWords.tags[language], values: [{ text: tags.join(', ') }] }] : []),
    ...(origin ? [{ label: text.source, values: [{ text: origin }] }] : []),
    { label: text.since, values: [{ text: dayText(createdAt, language) }] },
  ]
}

function customRows(
  { language, text }: AskedInVisit,
  { custom, definitions, modes, purposes, retention }: Overview,
): (Row & { group: string })[] {
  return custom.map(({ definition, field, value }) => {
    const link = modes.of(field) !== 'none' ? linkTo(field) : undefined
    const row = { group: definition.group, label: labelOf(field, definitions, language) }
    if (value === undefined) return { ...row, values: [], ...(link && { add: link }) }
    const purpose = purposes.find((one) => one.purpose.key === definition.purpose)?.purpose
    const kept = retention.get(definition.retentionClass)
    const hint = [
      purpose && `${text.heldFor} ${textIn(textsIn(purpose.names), language) || purpose.key}`,
      kept && `${text.retention}: ${retentionText(kept, language)}`,
    ].filter(Boolean)
    const file = isFile(value) ? { file: filePath(field) } : {}
    const shown = { text: valueText(definition, value, language), ...(link && { link }), ...file }
    return { ...row, values: [shown], hint: hint.join('. ') }
  })
}

const linkTo = (of: string, point?: string) => `/my/correct?${new URLSearchParams({ of, ...(point && { point }) })}`

/** What the contact proposed, and what became of it. */
export function proposalsSection(asked: AskedInVisit, { proposals, definitions }: Overview): Html | undefined {
  const { text, language } = asked
  const told = proposals.filter(({ state }) => state !== 'replaced').slice(0, 10)
  if (told.length === 0) return undefined
  return titled(
    'proposals',
    text.proposals,
    html`<ul class="rows">${told.map((one) => {
      const { opened, field, proposedAt, why } = one
      const definition = opened.of === 'custom' ? definitions.get(opened.key) : undefined
      return html`<li><div><p><strong>${labelOf(field, definitions, language)}:</strong> ${changeText(opened, definition, language)}</p>
<p class="hint">${text.proposedAt} ${dayText(proposedAt, language)}. ${stateText(asked, one)}${why && html` ${text.reason}: ${why}`}</p></div></li>`
    })}</ul>`,
  )
}

function stateText({ text }: AskedInVisit, { state, expiresAt }: ProposalView): string {
  if (state === 'unconfirmed') return expiresAt && expiresAt > new Date() ? text.unconfirmed : text.unconfirmedOver
  return state === 'accepted' ? text.accepted : state === 'rejected' ? text.rejected : text.open
}
