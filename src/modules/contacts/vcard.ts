import type { Contact, ContactPoint } from '#prisma/client.ts'

/** A contact as a vCard 4.0 (RFC 6350), which imports read again. */
export function vCardOf(contact: Contact, points: readonly ContactPoint[]): string {
  const { title, givenName, familyName, displayName, organisation, jobTitle, birthDate, language, timeZone, tags } =
    contact
  const name = displayName || [givenName, familyName].filter(Boolean).join(' ') || organisation
  const lines = [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `UID:urn:uuid:${contact.id}`,
    `FN:${escaped(name)}`,
    `N:${[familyName, givenName, '', title, ''].map(escaped).join(';')}`,
    ...one('ORG', organisation),
    ...one('TITLE', jobTitle),
    ...(birthDate ? [`BDAY:${birthDate.toISOString().slice(0, 10).replaceAll('-', '')}`] : []),
    ...one('LANG', language),
    ...one('TZ', timeZone),
    ...(tags.length > 0 ? [`CATEGORIES:${tags.map(escaped).join(',')}`] : []),
    ...points.map(propertyOf),
    'END:VCARD',
  ]
  return `${lines.map(folded).join('\r\n')}\r\n`
}

const one = (property: string, value: string) => (value ? [`${property}:${escaped(value)}`] : [])

function propertyOf({ kind, label, primary, value, service, ...address }: ContactPoint): string {
  const parameters = `${label ? `;TYPE=${quoted(label)}` : ''}${primary ? ';PREF=1' : ''}`
  switch (kind) {
    case 'email':
      return `EMAIL${parameters}:${escaped(value)}`
    case 'phone':
      return `TEL${parameters}:${escaped(value)}`
    case 'website':
      return `URL${parameters}:${value}`
    case 'messenger':
      return `IMPP${parameters}:${service}:${encodeURIComponent(value)}`
    default: {
      const { street, city, region, postalCode, country } = address
      return `ADR${parameters}:${['', '', street, city, region, postalCode, country].map(escaped).join(';')}`
    }
  }
}

const escaped = (text: string) => text.replace(/[\\;,]/g, '\\$&').replaceAll('\n', '\\n')

/** Quotation marks can't stand in a parameter (RFC 6868 writes them so). */
const quoted = (text: string) => `"${text.replaceAll('^', '^^').replaceAll('"', "^'").replaceAll('\n', '^n')}"`

/** At most 75 octets a line, and no character cut in two. */
function folded(line: string): string {
  let length = 0
  let result = ''
  for (const character of line) {
    const octets = Buffer.byteLength(character)
    if (length + octets > 75) {
      result += '\r\n '
      length = 1
    }
    result += character
    length += octets
  }
  return result
}
