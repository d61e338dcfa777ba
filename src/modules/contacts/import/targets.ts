import { LegalGround } from '#prisma/client.ts'
import { isFieldKey } from '../../fields/definition.ts'
import type { FieldKind } from '../../fields/kinds.ts'
import type { Texts } from '../../lawfulness/texts.ts'
import type { PointKind } from '../draft.ts'
import { ImportFileError } from './row.ts'

/** Where the cells of a column go. Columns of one `slot` make up one contact point (the street and the city of one). */
export type Target =
  | { to: 'column'; name: TextColumn }
  | { to: 'tags' | 'externalId' | 'nothing' }
  | { to: 'field'; key: string; isDay?: boolean }
  | { to: 'basis'; ground: LegalGround; purpose: string }
  | { to: 'point'; kind: PointKind; slot: string; part: string; label: string }

const TEXT_COLUMNS = [
  'title',
  'givenName',
  'familyName',
  'displayName',
  'organisation',
  'jobTitle',
  'birthDate',
  'language',
  'timeZone',
] as const

/** The columns of a contact that hold one text. */
export type TextColumn = (typeof TEXT_COLUMNS)[number]

/** The parts of each kind of point; the first is the one meant when none is named. */
const PARTS: Record<PointKind, readonly [string, ...string[]]> = {
  email: ['address'],
  phone: ['number'],
  address: ['street', 'postalCode', 'city', 'region', 'country'],
  website: ['url'],
  messenger: ['handle', 'service'],
}

const KINDS_BY_LIST: Record<string, PointKind> = {
  emails: 'email',
  phones: 'phone',
  addresses: 'address',
  websites: 'website',
  messengers: 'messenger',
}

/**
 * Reads where a column goes: `givenName`, `email`, `phone:work`, `address.city`, `address:home.street`,
 * `messenger:signal`, `emails.0.address`, `tags`, `externalId`, `field:customer_number`, `consent:newsletter` for a legal ground and
 * its purpose, or `-` for nowhere. `undefined` if it is none of these.
 */
export function parseTarget(text: string, column: number): Target | undefined {
  const name = TEXT_COLUMNS.find((each) => each === text)
  if (name) return { to: 'column', name }
  if (text === '-') return { to: 'nothing' }
  if (text === 'tags' || text === 'externalId') return { to: text }
  if (text.startsWith('field:') && isFieldKey(text.slice(6))) return { to: 'field', key: text.slice(6) }
  const basis = /^(\w+):([a-z0-9._-]+)$/.exec(text)
  const ground = Object.values(LegalGround).find((each) => each === basis?.[1])
  if (ground) return { to: 'basis', ground, purpose: basis?.[2] ?? '' }
  const listed = /^(emails|phones|addresses|websites|messengers)\.(\d+)\.(\w+)$/.exec(text)
  if (listed) return pointTarget(KINDS_BY_LIST[listed[1] ?? ''], `.${listed[2]}`, listed[3], '')
  const single = /^(\w+)(?::([^.]+))?(?:\.(\w+))?$/.exec(text)
  const kind = Object.values(KINDS_BY_LIST).find((each) => each === single?.[1])
  const label = single?.[2] ?? ''
  // Two columns with a telephone number are two numbers, two columns of the home address are one address.
  const slot = kind === 'address' || single?.[3] ? `:${label}` : `#${column}`
  return pointTarget(kind, slot, single?.[3], label)
}

/**
 * The custom fields that columns can go to. `complete`: there are no others; else, those that the importing person may not know
 * of are refused row by row.
 */
export type ImportFields = { known: readonly { key: string; kind: FieldKind; labels: Texts }[]; complete: boolean }

/** None that anybody knows of. */
export const noFields: ImportFields = { known: [], complete: false }

/** The targets that the user chose by column name. A target or a column that does not exist is refused. */
export function parseMap(
  map: Readonly<Record<string, string>>,
  columns: readonly string[],
  fields: ImportFields = noFields,
): Map<number, Target> {
  const targets = new Map<number, Target>()
  for (const [name, path] of Object.entries(map)) {
    const column = columns.indexOf(name)
    if (column === -1) {
      throw new ImportFileError('header', `There is no column ${name} to map. The columns are: ${columns.join(', ')}.`)
    }
    const target = parseTarget(path, column)
    if (!target) {
      const advice =
        'Map it to a field such as givenName, email, phone:work, address:home.city, tags, externalId, field:customer_number, consent:newsletter, or -.'
      throw new ImportFileError('header', `The column ${name} cannot go to ${path}. ${advice}`)
    }
    if (target.to === 'field' && fields.complete && !fields.known.some(({ key }) => key === target.key)) {
      throw new ImportFileError('header', `The column ${name} cannot go to ${path}: there is no such custom field.`)
    }
    targets.set(column, target)
  }
  return targets
}

function pointTarget(
  kind: PointKind | undefined,
  slot: string,
  part: string | undefined,
  label: string,
): Target | undefined {
  if (!kind) return undefined
  const known = [...PARTS[kind], 'label', 'primary']
  if (part !== undefined && !known.includes(part)) return undefined
  return { to: 'point', kind, slot: kind + slot, part: part ?? PARTS[kind][0], label }
}
