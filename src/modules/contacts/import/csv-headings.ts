import { type ImportFields, noFields, parseMap, parseTarget, type Target } from './targets.ts'

/** What the columns of a file mean. `monthFirst` is how English exports write dates: 4/12/1985 is in April. */
export type Headings = { targets: readonly (Target | undefined)[]; monthFirst: boolean }

// Headings are compared by their letters and digits in lower case: `E-mail 1 - Value` is `e mail 1 value`.
const SAME_IN_ALL: Record<string, string> = {
  givenName: 'first name|given name|firstname|givenname|forename|vorname|middle name|additional name|weitere vornamen',
  familyName: 'last name|family name|lastname|familyname|surname|nachname|familienname',
  displayName: 'name|full name|display name|displayname|anzeigename',
  title: 'title|name prefix|prefix|honorific prefix|salutation|salutationtype|anrede|titel',
  organisation:
    'company|company name|organization|organisation|organization name|organization 1 name|account name|account id|firma|unternehmen',
  jobTitle: 'job title|jobtitle|position|organization title|organization 1 title|funktion',
  birthDate: 'birthday|birthdate|birth date|date of birth|geburtstag|geburtsdatum',
  language: 'language|sprache',
  timeZone: 'time zone|timezone|zeitzone',
  tags: 'tags|categories|kategorien|group membership|labels',
  externalId: 'id|uid|external id|externalid|contact id|contact no',
  email:
    'email|e mail|mail|email address|e mail address|e mail adresse|primary email|secondary email|secondaryemail|primary e mail|secondary e mail',
  phone: 'phone|phone number|telephone|primary phone|main phone|telefon|telefonnummer|haupttelefon',
  'phone:mobile': 'mobile|mobile phone|cell phone|mobiltelefon|mobil|handy',
  'phone:work': 'business phone|office phone|work phone|company main phone|telefon geschäftlich|telefon firma',
  'phone:home': 'home phone|homephone|telefon privat',
  'phone:other': 'other phone|otherphone|secondary phone|weiteres telefon',
  'phone:fax': 'fax|business fax|home fax|other fax|fax geschäftlich|fax privat|weiteres fax',
  website: 'website|web page|url|webseite|personal web page|homepage',
  // What says again what other columns say.
  '-': 'e mail type|e mail display name|e mail typ|e mail angezeigter name|lethe faults',
}

const GOOGLE_LISTS: Record<string, string> = {
  'e mail': 'emails',
  phone: 'phones',
  address: 'addresses',
  website: 'websites',
  im: 'messengers',
}
const GOOGLE_PARTS: Record<string, Record<string, string>> = {
  emails: { value: 'address' },
  phones: { value: 'number' },
  websites: { value: 'url' },
  messengers: { value: 'handle', service: 'service' },
  addresses: {
    street: 'street',
    'extended address': 'street',
    'po box': 'street',
    city: 'city',
    region: 'region',
    'postal code': 'postalCode',
    country: 'country',
  },
}

const ADDRESS_PARTS: Record<string, string> = {
  street: 'street|straße|strasse|po box|pobox|postfach',
  city: 'city|ort|stadt|town',
  region: 'state|region|province|bundesland|bundesland kanton|region bundesland',
  postalCode: 'postal code|zip|zip code|postcode|postleitzahl|plz',
  country: 'country|country region|land|land region',
}
const LABELS: Record<string, string> = {
  home: 'home|privat',
  work: 'business|work|office|geschäftlich',
  mailing: 'mailing',
  billing: 'billing',
  shipping: 'shipping',
  other: 'other|weitere|weiterer|weiteres|weitere r|weiteres e',
}
const MONTH_FIRST =
  /^(e mail( \d)? address|e mail \d (value|type|label)|phone \d value|business (phone|street)|web page)$/
const VTIGER = /^(salutation|salutationtype|primary email|secondary ?email|mailing ?street|mailing ?city)$/

/** Recognises the columns of Google, Outlook, vtiger and our own files; `map` names the fields of others. */
export function readHeadings(
  columns: readonly string[],
  map: Readonly<Record<string, string>>,
  fields: ImportFields = noFields,
): Headings {
  const mapped = parseMap(map, columns, fields)
  const keys = columns.map(headingKey)
  const table = invert(SAME_IN_ALL)
  // In vtiger a title is a job. With first names beside it, a name is a last name.
  if (keys.some((key) => VTIGER.test(key))) table.set('title', 'jobTitle')
  if (keys.includes('vorname') && !keys.includes('nachname')) table.set('name', 'familyName')
  const targets = columns.map((column, index) => {
    const key = keys[index] ?? ''
    const path =
      table.get(key) ?? googlePath(key) ?? numberedPath(key, table) ?? addressPath(key) ?? fieldPath(key, fields)
    return withKind(mapped.get(index) ?? parseTarget(path ?? column.trim(), index), fields)
  })
  return { targets, monthFirst: keys.some((key) => MONTH_FIRST.test(key)) }
}

/** Days are read in the order in which the file writes them. */
function withKind(target: Target | undefined, { known }: ImportFields): Target | undefined {
  if (target?.to !== 'field') return target
  return { ...target, isDay: known.find(({ key }) => key === target.key)?.kind === 'date' }
}

function headingKey(heading: string): string {
  return heading
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

function googlePath(key: string): string | undefined {
  const [, heading = '', number, part = ''] = /^(e mail|phone|address|website|im) (\d+) (.+)$/.exec(key) ?? []
  const list = GOOGLE_LISTS[heading]
  if (!list) return undefined
  if (part === 'formatted') return '-'
  const name = part === 'type' || part === 'label' ? 'label' : GOOGLE_PARTS[list]?.[part]
  return name && `${list}.${number}.${name}`
}

/** `Business Phone 2` and `E-mail 2 Address` are further columns of the same meaning. */
function numberedPath(key: string, table: Map<string, string>): string | undefined {
  const plain = key.replace(/ \d+\b/, '')
  if (plain === key) return undefined
  const path = table.get(plain)
  return path && /^(email|phone|website|-)/.test(path) ? path : undefined
}

/** A custom field that has this key, or is called so in some language. */
function fieldPath(heading: string, { known }: ImportFields): string | undefined {
  const found = known.find(({ key, labels }) =>
    [key, ...Object.values(labels)].some((name) => headingKey(name) === heading),
  )
  return found && `field:${found.key}`
}

function addressPath(key: string): string | undefined {
  const plain = key.replace(/ \d$/, '').replace(/^(mailing|other)(?=\w)/, '$1 ')
  const parts = invert(ADDRESS_PARTS)
  if (parts.has(plain)) return `address.${parts.get(plain)}`
  for (const [word, label] of invert(LABELS)) {
    const rest = plain.startsWith(`${word} `) ? plain.slice(word.length + 1) : undefined
    const part = parts.get(rest ?? (plain.endsWith(` ${word}`) ? plain.slice(0, -word.length - 1) : ''))
    if (part) return `address:${label}.${part}`
  }
  return undefined
}

function invert(table: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(table).flatMap(([value, keys]) => keys.split('|').map((key) => [key, value] as const)))
}
