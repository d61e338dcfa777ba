import type { FieldDraft } from '../../fields/given.ts'
import type { ContactDraft, PointDraft } from '../draft.ts'
import {
  addPostalAddress,
  emptyPointLists,
  filledPointLists,
  isoDay,
  type PointLists,
  pointLabel,
} from './draft-values.ts'
import { type ImportFields, noFields, type TextColumn } from './targets.ts'
import { splitValue, unescapeText, type VCardProperty } from './vcard-property.ts'

// The messengers that had properties of their own before IMPP.
const MESSENGER =
  /^X-(AIM|GOOGLE-TALK|GTALK|ICQ|JABBER|MATRIX|MSN|QQ|SIGNAL|SKYPE(-USERNAME)?|TELEGRAM|THREEMA|WECHAT|WHATSAPP|YAHOO)$/
// What the type of a number or address says about how it is used, not where it belongs.
const NO_LABEL = /^(pref|internet|voice|text|video|x400|msg|dom|intl|parcel|postal|x-.*)$/i

/** The draft that the properties of a card make. What we have no place for (photos, notes) is passed over. */
export function vCardDraft(
  properties: readonly VCardProperty[],
  fields: ImportFields = noFields,
): { draft: ContactDraft; externalId?: string } {
  const first = (name: string) => properties.find((property) => property.name === name && property.value.trim())
  const text = (name: string) => unescapeText(first(name)?.value ?? '')
  const draft: ContactDraft = {}
  const set = (name: TextColumn, value: string | undefined) => {
    if (value) draft[name] = value
  }
  // Each part of a name can be a list of names.
  const name = splitValue(first('N')?.value ?? '', ';').map((part) => textList(part).join(' '))
  const [familyName, givenName, middleName, title] = name
  const organisation = unescapeText(splitValue(first('ORG')?.value ?? '', ';')[0] ?? '')
  set('title', title)
  set('givenName', [givenName, middleName].filter(Boolean).join(' '))
  set('familyName', familyName)
  set('displayName', text('FN'))
  set('organisation', organisation || (/^org/i.test(text('KIND')) ? text('FN') : ''))
  set('jobTitle', text('TITLE') || text('ROLE'))
  set('birthDate', birthDate(first('BDAY')))
  set('language', unescapeText(preferredByName(properties).get('LANG')?.value ?? ''))
  // A bare offset from UTC, which is what TZ mostly holds, is no time zone.
  if (text('TZ').includes('/')) set('timeZone', text('TZ'))
  const tags = properties.flatMap((each) => (each.name === 'CATEGORIES' ? textList(each.value) : []))
  if (tags.length > 0) draft.tags = tags
  Object.assign(draft, readPoints(properties))
  const custom = readCustomFields(properties, fields)
  if (custom.length > 0) draft.customFields = custom
  return text('UID') ? { draft, externalId: text('UID') } : { draft }
}

/** Custom fields are properties of their own: `X-CUSTOMER-NUMBER` is the field `customer_number`. */
function readCustomFields(properties: readonly VCardProperty[], { known }: ImportFields): FieldDraft[] {
  return known.flatMap(({ key }): FieldDraft[] => {
    const name = `X-${key.replaceAll('_', '-').toUpperCase()}`
    const own = MESSENGER.test(name) ? [] : properties.filter((property) => property.name === name)
    const texts = own.map(({ value }) => unescapeText(value)).filter(Boolean)
    const [first] = texts
    return first === undefined ? [] : [{ key, value: { written: texts.length > 1 ? texts : first } }]
  })
}

function readPoints(properties: readonly VCardProperty[]): Partial<PointLists> {
  const labels = new Map(
    properties.filter(({ name }) => name === 'X-ABLABEL').map(({ group, value }) => [group, value]),
  )
  const preferred = preferredByName(properties)
  const points = emptyPointLists()
  for (const property of properties) {
    const { name, group, value } = property
    const text = unescapeText(value)
    if (!text) continue
    const isPrimary = preferred.get(name) === property && preference(property) < NOT_PREFERRED
    const label = readLabel(property, group ? labels.get(group) : undefined)
    const point = { ...(label && { label }), ...(isPrimary && { primary: true }) }
    if (name === 'EMAIL') points.emails.push({ address: text.replace(/^mailto:/i, ''), ...point })
    else if (name === 'TEL') points.phones.push({ number: phoneNumber(text), ...point })
    else if (name === 'ADR') addAddress(points, value, point)
    else if (name === 'URL') points.websites.push({ url: text, ...point })
    else if (name === 'IMPP' || MESSENGER.test(name)) {
      points.messengers.push({ ...messenger(property, text), ...point })
    }
  }
  return filledPointLists(points)
}

function addAddress(points: PointLists, value: string, point: PointDraft) {
  const [box, extended, line, city, region, postalCode, country] = splitValue(value, ';').map(unescapeText)
  const street = [line, extended, box].filter(Boolean).join('\n')
  addPostalAddress(points, { street, postalCode, city, region, country }, point)
}

function messenger({ name, params }: VCardProperty, text: string): { service: string; handle: string } {
  if (name !== 'IMPP') return { service: name.slice(2).replace('-USERNAME', '').toLowerCase(), handle: text }
  const [, scheme = '', handle = text] = /^([a-z][\w+.-]*):(.*)$/is.exec(text) ?? []
  return { service: (params.get('X-SERVICE-TYPE')?.[0] ?? scheme).toLowerCase(), handle }
}

function readLabel({ params }: VCardProperty, ownLabel: string | undefined): string {
  // Apple wraps its standard labels: _$!<Home>!$_
  if (ownLabel) return pointLabel(unescapeText(ownLabel).replace(/^_\$!<(.*)>!\$_$/, '$1'))
  const types = params.get('TYPE') ?? []
  return pointLabel(types.filter((type) => !NO_LABEL.test(type)).join(' '))
}

const NOT_PREFERRED = 101

/** 1 to 100, the lower the better (RFC 6350, 5.3); vCard 3.0 knows only `TYPE=pref`. */
function preference({ params }: VCardProperty): number {
  const isTyped = params.get('TYPE')?.some((type) => /^pref$/i.test(type))
  return isTyped ? 1 : Number.parseInt(params.get('PREF')?.[0] ?? '', 10) || NOT_PREFERRED
}

function preferredByName(properties: readonly VCardProperty[]): Map<string, VCardProperty> {
  const preferred = new Map<string, VCardProperty>()
  for (const property of properties) {
    const best = preferred.get(property.name)
    if (!best || preference(property) < preference(best)) preferred.set(property.name, property)
  }
  return preferred
}

function birthDate(property: VCardProperty | undefined): string | undefined {
  if (!property || property.params.get('VALUE')?.[0]?.toLowerCase() === 'text') return undefined
  const text = unescapeText(property.value)
  // Apple writes a year of its own choice where none is known. Of a year or month alone there is nothing to keep.
  const omittedYear = property.params.get('X-APPLE-OMIT-YEAR')?.[0]
  if ((omittedYear && text.startsWith(omittedYear)) || /^\d{4}(-\d\d)?$/.test(text)) return undefined
  return isoDay(text)
}

function phoneNumber(text: string): string {
  if (!/^tel:/i.test(text)) return text
  const [number = '', ...params] = text.slice(4).split(';')
  const extension = params.find((param) => /^ext=/i.test(param))
  return extension ? `${number} ext. ${extension.slice(4)}` : number
}

function textList(value: string): string[] {
  return splitValue(value, ',').map(unescapeText).filter(Boolean)
}
