import type { Builder } from '../../graphql/builder.ts'
import { reads } from '../../graphql/execute/selected.ts'
import type { PointKind } from './draft.ts'
import { type Point, pointKinds } from './points.ts'

/** The types of contact points, each under the right of its kind. */
export function addPointTypes(builder: Builder) {
  const email = pointType(builder, 'email', 'An e-mail address.')
  const phone = pointType(builder, 'phone', 'A phone number.')
  const address = pointType(builder, 'address', 'A postal address.')
  const website = pointType(builder, 'website', 'A website.')
  const messenger = pointType(builder, 'messenger', 'An account with a messenger.')

  builder.objectFields(email, (t) => ({
    address: t.exposeString('value', { nullable: false, description: '`name@example.org`' }),
    undeliverableAt: t.expose('undeliverableAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When a mail server said that there is no such mailbox. No mails go there, until the address is corrected or verified anew.',
    }),
  }))
  builder.objectField(phone, 'number', (t) =>
    t.exposeString('value', { nullable: false, description: 'E.164: `+4930123456`.' }),
  )
  builder.objectField(website, 'url', (t) =>
    t.exposeString('value', { nullable: false, description: 'With `https://`.' }),
  )
  builder.objectField(messenger, 'service', (t) =>
    t.exposeString('service', { nullable: false, description: '`signal`, `matrix` …' }),
  )
  builder.objectField(messenger, 'handle', (t) =>
    t.exposeString('value', { nullable: false, description: 'The name or number there.' }),
  )
  builder.objectFields(address, (t) => {
    const text = (column: 'street' | 'postalCode' | 'city' | 'region', description: string) =>
      t.string({ nullable: true, description, extensions: reads(column), resolve: (point) => point[column] || null })
    return {
      street: text('street', 'Street and number; may have several lines.'),
      postalCode: text('postalCode', 'Postal code.'),
      city: text('city', 'Town.'),
      region: text('region', 'State or region.'),
      country: t.field({
        type: 'CountryCode',
        nullable: true,
        description: 'ISO 3166-1 alpha-2: `DE`.',
        extensions: reads('country'),
        resolve: (point) => point.country || null,
      }),
    }
  })
  return { email, phone, address, website, messenger }
}

function pointType(builder: Builder, kind: PointKind, description: string) {
  const { type, right } = pointKinds[kind]
  return builder.objectRef<Point>(type).implement({
    description,
    auth: { read: right, write: right },
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'For `updateContact`.' }),
      label: t.string({
        nullable: true,
        description: '`work`, `home` …',
        extensions: reads('label'),
        resolve: (point) => point.label || null,
      }),
      primary: t.exposeBoolean('primary', { nullable: false, description: 'The one to use first; one of each kind.' }),
      verifiedAt: t.expose('verifiedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was confirmed that it belongs to the contact.',
      }),
    }),
  })
}
