import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { type ContactFieldName, contactFieldList } from '../../contacts/fields.ts'
import { sortKeys } from '../../contacts/list/ordering.ts'
import { hasBasis } from '../../contacts/sight.ts'
import type { Text } from '../../disclosed.ts'
import { noDefinitions } from '../../fields/definitions.ts'
import { column } from './column.ts'
import { customColumns } from './custom-columns.ts'
import type { SqlColumn } from './source.ts'

// What can be told of a contact `c`, wherever rows stand with one.

const names: Readonly<Record<ContactFieldName, Text>> = {
  title: { de: 'Titel', en: 'Title' },
  givenName: { de: 'Vorname', en: 'Given name' },
  familyName: { de: 'Nachname', en: 'Family name' },
  displayName: { de: 'Name', en: 'Name' },
  organisation: { de: 'Organisation', en: 'Organisation' },
  jobTitle: { de: 'Position', en: 'Job title' },
  birthDate: { de: 'Geburtsdatum', en: 'Date of birth' },
  language: { de: 'Sprache', en: 'Language' },
  timeZone: { de: 'Zeitzone', en: 'Time zone' },
  tags: { de: 'Schlagwörter', en: 'Tags' },
  source: { de: 'Herkunft der Daten', en: 'Source of the data' },
  sourceAt: { de: 'Daten erhalten am', en: 'Data obtained at' },
  createdAt: { de: 'Angelegt am', en: 'Entered at' },
  updatedAt: { de: 'Geändert am', en: 'Changed at' },
}

const types = { text: 'text', date: 'date', timestamp: 'time', tags: 'list' } as const

/** The columns of a contact that this caller's report may have; those that they may not read are among them, with their right. */
export async function contactColumns(context: Context): Promise<SqlColumn[]> {
  return [
    column('contact', { de: 'Kontakt', en: 'Contact' }, 'id', Prisma.sql`c.contact_id`, {
      of: 'Contact',
      sortable: false,
    }),
    ...contactFieldList.map((field) =>
      column(field.name, names[field.name], types[field.type], valueAt(field.name, field.column, context), {
        right: field.right,
        ...(field.name === 'language' && { codes: 'language' }),
        ...(field.type !== 'tags' && {
          // As the list of contacts is sorted, so that the same indexes are found.
          sort: (descending: boolean) =>
            sortKeys([{ [field.name]: descending ? 'DESC' : 'ASC' }], context.rights, nobody).slice(0, 1),
        }),
      }),
    ),
    ...pointColumns,
    ...lawfulnessColumns(context),
    ...(await customColumns(context)),
  ]
}

const nobody = { caller: {}, definitions: noDefinitions }

/** An organisation without a person goes by its own name, for those who may read that. */
const valueAt = (name: ContactFieldName, stored: string, { rights }: Context) =>
  name === 'displayName' && rights.canRead('contacts.organisation')
    ? Prisma.sql`CASE WHEN c.display_name = '' THEN c.organisation ELSE c.display_name END`
    : Prisma.raw(`c.${stored}`)

const primary = (kind: string, value: string) =>
  Prisma.raw(`(SELECT ${value} FROM contact_point p WHERE p.contact_id = c.contact_id AND p.kind = '${kind}'
    ORDER BY p.is_primary DESC, p.id LIMIT 1)`)

const all = (kind: string, value: string) =>
  Prisma.raw(`(SELECT array_agg(${value} ORDER BY p.is_primary DESC, p.id) FROM contact_point p
    WHERE p.contact_id = c.contact_id AND p.kind = '${kind}')`)

const address = `concat_ws(', ', nullif(p.street, ''), nullif(concat_ws(' ', nullif(p.postal_code, ''), nullif(p.city, '')), ''),
  nullif(p.region, ''), nullif(p.country, ''))`

const point = (key: string, name: Text, right: string, sql: Prisma.Sql) =>
  column(key, name, 'text', sql, { right, groupable: false })

const pointColumns: readonly SqlColumn[] = [
  point('email', { de: 'E-Mail', en: 'E-mail' }, 'contacts.email', primary('email', 'p.value')),
  column('emails', { de: 'E-Mail-Adressen', en: 'E-mail addresses' }, 'list', all('email', 'p.value'), {
    right: 'contacts.email',
  }),
  point('phone', { de: 'Telefon', en: 'Phone' }, 'contacts.phone', primary('phone', 'p.value')),
  column('phones', { de: 'Telefonnummern', en: 'Phone numbers' }, 'list', all('phone', 'p.value'), {
    right: 'contacts.phone',
  }),
  point('address', { de: 'Anschrift', en: 'Address' }, 'contacts.address', primary('address', address)),
  point('street', { de: 'Straße', en: 'Street' }, 'contacts.address', primary('address', 'p.street')),
  column('region', { de: 'Region', en: 'Region' }, 'text', primary('address', 'p.region'), {
    right: 'contacts.address',
  }),
  column('city', { de: 'Ort', en: 'City' }, 'text', primary('address', 'p.city'), { right: 'contacts.address' }),
  column('postalCode', { de: 'Postleitzahl', en: 'Postal code' }, 'text', primary('address', 'p.postal_code'), {
    right: 'contacts.address',
  }),
  column('country', { de: 'Land', en: 'Country' }, 'text', primary('address', 'p.country'), {
    right: 'contacts.address',
    codes: 'region',
  }),
  column('addresses', { de: 'Anschriften', en: 'Addresses' }, 'list', all('address', address), {
    right: 'contacts.address',
  }),
  column('websites', { de: 'Webseiten', en: 'Websites' }, 'list', all('website', 'p.value'), {
    right: 'contacts.website',
  }),
  column(
    'messengers',
    { de: 'Messenger', en: 'Messengers' },
    'list',
    all('messenger', "concat_ws(' ', nullif(p.service, ''), p.value)"),
    { right: 'contacts.messenger' },
  ),
]

const basisRight = 'lawfulness.basis'

function lawfulnessColumns(context: Context): SqlColumn[] {
  const { restrictions = [] } = context
  const restricted =
    restrictions.length > 0
      ? Prisma.sql`(c.contact_id IN (${Prisma.join(
          restrictions.map(({ inForce }) => Prisma.sql`SELECT r.contact_id FROM (${inForce}) r`),
          ' UNION ALL ',
        )}))`
      : Prisma.sql`false`
  const valid = Prisma.sql`g.contact_id = c.contact_id AND g.is_valid AND g.valid_from <= statement_timestamp()
    AND (g.valid_until IS NULL OR g.valid_until > statement_timestamp())`
  return [
    column(
      'withoutBasis',
      { de: 'Ohne Rechtsgrundlage', en: 'Without any ground' },
      'boolean',
      Prisma.sql`(NOT ${hasBasis(context, 'any')})`,
      {
        right: basisRight,
      },
    ),
    column(
      'groundsFor',
      { de: 'Zwecke mit Grundlage', en: 'Purposes with a ground' },
      'list',
      Prisma.sql`(SELECT array_agg(DISTINCT g.purpose_key ORDER BY g.purpose_key) FROM lawful_basis_period g
        JOIN purpose u ON u.key = g.purpose_key AND (u.retired_at IS NULL OR u.retired_at > statement_timestamp()) AND g.ground = ANY(u.grounds)
        WHERE ${valid})`,
      { right: basisRight, keys: 'purpose' },
    ),
    column(
      'nextEnd',
      { de: 'Nächstes Ende einer Grundlage', en: 'Next end of a ground' },
      'time',
      Prisma.sql`(SELECT min(g.valid_until) FROM lawful_basis_period g WHERE ${valid})`,
      { right: basisRight },
    ),
    column('restricted', { de: 'Verarbeitung eingeschränkt', en: 'Processing restricted' }, 'boolean', restricted, {
      right: basisRight,
    }),
  ]
}
