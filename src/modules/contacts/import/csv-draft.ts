import type { FieldDraft } from '../../fields/given.ts'
import type { ContactDraft, PointDraft, PointKind } from '../draft.ts'
import type { RowBasis } from './bases.ts'
import type { Headings } from './csv-headings.ts'
import {
  addPostalAddress,
  emptyPointLists,
  filledPointLists,
  isoDay,
  type PointLists,
  pointLabel,
} from './draft-values.ts'
import type { TextColumn } from './targets.ts'

type Slot = { kind: PointKind; label: string; parts: Map<string, string> }

// Google puts several values into one cell this way.
const SEVERAL = ':::'

/** The draft that a row of cells makes under its headings. Empty cells say nothing. */
export function csvDraft(
  cells: readonly string[],
  { targets, monthFirst }: Headings,
): { draft: ContactDraft; externalId?: string; bases?: RowBasis[] } {
  const columns: Partial<Record<TextColumn, string>> = {}
  const tags: string[] = []
  const slots = new Map<string, Slot>()
  const fields: FieldDraft[] = []
  const bases: RowBasis[] = []
  let externalId = ''
  for (const [index, target] of targets.entries()) {
    const cell = cells[index]?.trim()
    if (!cell || !target) continue
    if (target.to === 'column') setColumn(columns, target.name, cell, monthFirst)
    else if (target.to === 'tags') tags.push(...readTags(cell))
    else if (target.to === 'field') {
      const day = target.isDay ? isoDay(cell, monthFirst) : undefined
      fields.push({ key: target.key, value: { written: day ?? cell } })
    } else if (target.to === 'basis') {
      const { purpose, ground } = target
      bases.push({ purpose, ground, since: isoDay(cell, monthFirst) ?? '-' })
    } else if (target.to === 'externalId') externalId ||= cell
    else if (target.to === 'point') {
      const slot = slots.get(target.slot) ?? { kind: target.kind, label: target.label, parts: new Map() }
      slots.set(target.slot, slot)
      const before = slot.parts.get(target.part)
      // Further columns of a street are further lines of it.
      if (before === undefined) slot.parts.set(target.part, cell)
      else if (target.part === 'street') slot.parts.set('street', `${before}\n${cell}`)
    }
  }
  const points = emptyPointLists()
  for (const slot of slots.values()) addPoints(points, slot)
  const draft = {
    ...columns,
    ...(tags.length > 0 && { tags }),
    ...filledPointLists(points),
    ...(fields.length > 0 && { customFields: fields }),
  }
  return { draft, ...(externalId && { externalId }), ...(bases.length > 0 && { bases }) }
}

function setColumn(columns: Partial<Record<TextColumn, string>>, name: TextColumn, cell: string, monthFirst: boolean) {
  const before = columns[name]
  // A middle name is one more given name; in all else the first column that says something counts.
  if (before !== undefined) {
    if (name === 'givenName') columns.givenName = `${before} ${cell}`
    return
  }
  // vtiger writes `Accounts::::Miller Ltd` for a reference and `--None--` for none.
  const text = name === 'birthDate' ? isoDay(cell, monthFirst) : cell.replace(/^\w+::::|^--\w+--$/, '')
  if (text) columns[name] = text
}

function readTags(cell: string): string[] {
  // Google marks its own groups with an asterisk: `* myContacts`.
  return cell
    .split(/:::|[;,]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag && !tag.startsWith('* '))
}

function addPoints(points: PointLists, { kind, label, parts }: Slot) {
  const split = new Map(
    [...parts].map(([part, text]) => [part, text.split(SEVERAL).map((value) => value.trim())] as const),
  )
  const count = Math.max(...[...split.values()].map((values) => values.length))
  const labels = split.get('label') ?? [label]
  for (let index = 0; index < count; index++) {
    const value = (part: string) => split.get(part)?.[index] ?? ''
    addPoint(points, kind, value, pointDraft(labels[index] ?? labels[0] ?? '', value('primary')))
  }
}

function addPoint(points: PointLists, kind: PointKind, value: (part: string) => string, point: PointDraft) {
  if (kind === 'email') {
    if (value('address')) points.emails.push({ address: value('address'), ...point })
  } else if (kind === 'phone') {
    if (value('number')) points.phones.push({ number: value('number'), ...point })
  } else if (kind === 'website') {
    if (value('url')) points.websites.push({ url: value('url'), ...point })
  } else if (kind === 'messenger') {
    const { label, ...rest } = point
    const named = value('service') ? { service: value('service'), ...point } : { service: label ?? '', ...rest }
    if (value('handle')) points.messengers.push({ handle: value('handle'), ...named })
  } else {
    const [street, postalCode, city] = [value('street'), value('postalCode'), value('city')]
    addPostalAddress(points, { street, postalCode, city, region: value('region'), country: value('country') }, point)
  }
}

function pointDraft(label: string, primary: string): PointDraft {
  // Google marks the address to use first with an asterisk: `* Home`.
  const isMarked = label.startsWith('*')
  const name = pointLabel(isMarked ? label.slice(1) : label)
  const isPrimary = isMarked || /^(true|yes|ja|1|x)$/i.test(primary)
  return { ...(name && { label: name }), ...(isPrimary && { primary: true }) }
}
