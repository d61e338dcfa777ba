import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkDraft } from '../../src/modules/contacts/check.ts'
import type { CheckedContact, ContactDraft, PointKind } from '../../src/modules/contacts/draft.ts'

test('a checked contact passes the check again and stays the same', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom('Ünal', 'A\u030a', ' x ', 'İ', 'ẞ'),
  )
  const domain = fc.oneof(fc.constantFrom('Example.org', 'bücher.example', 'faß.example', 'xn--fa-hia.example'), text)
  const point = { label: text, primary: fc.option(fc.boolean()) }
  const draft: fc.Arbitrary<ContactDraft> = fc.record(
    {
      title: text,
      givenName: fc.option(text),
      birthDate: fc.oneof(
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
        text,
      ),
      language: fc.oneof(fc.constantFrom('de_AT', 'zh-hant-tw', 'EN', 'i-klingon', 'sr-latn'), text),
      timeZone: fc.oneof(fc.constantFrom('europe/kyiv', 'UTC', 'EST', 'Asia/Calcutta'), text),
      tags: fc.array(text),
      emails: fc.array(fc.record({ ...point, address: fc.tuple(text, domain).map((parts) => parts.join('@')) })),
      phones: fc.array(
        fc.record({ ...point, number: fc.oneof(fc.constantFrom('030 1234567', '+1 212 555 0100'), text) }),
      ),
      addresses: fc.array(
        fc.record({ ...point, street: text, city: text, country: fc.constantFrom('Côte d’Ivoire', '') }),
      ),
      websites: fc.array(fc.record({ ...point, url: fc.oneof(fc.webUrl(), text, domain) })),
      messengers: fc.array(fc.record({ ...point, service: text, handle: text })),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(draft, (given) => {
      const contact = checkDraft(given, { defaultCountry: 'DE' }).contact
      expect(checkDraft(toDraft(contact), { defaultCountry: 'DE' })).toEqual({ contact, faults: [] })
    }),
    { numRuns: 500 },
  )
})

function toDraft({ columns, points }: CheckedContact): ContactDraft {
  const { birthDate, ...texts } = columns
  const of = (kind: PointKind) => points.filter((point) => point.kind === kind)
  return {
    ...texts,
    ...(birthDate !== undefined && { birthDate: birthDate?.toISOString().slice(0, 10) ?? null }),
    emails: of('email').map((point) => ({ ...point, address: point.value })),
    phones: of('phone').map((point) => ({ ...point, number: point.value })),
    addresses: of('address'),
    websites: of('website').map((point) => ({ ...point, url: point.value })),
    messengers: of('messenger').map((point) => ({ ...point, handle: point.value })),
  }
}
