import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../src/database/transact.ts'
import { storeRequest } from '../../src/modules/consent/requests/requests.ts'
import { storeWish } from '../../src/modules/consent/requests/wishes.ts'
import { jsonIn, type Office, openOffice, reportText } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(() => office.close())

/** Somebody asks for consent with an address, on a partner's page. */
const ask = (email: string) =>
  transact({ ...office.work, requestId: crypto.randomUUID() }, 'giveConsent', (tx) =>
    storeRequest(
      tx,
      { ...office.work, requestId: crypto.randomUUID() },
      {
        ...{
          actor: { kind: 'client', id: null },
          site: 'Zqshop',
          page: 'https://zqshop.example/',
          email,
          language: 'de',
        },
        ...{ givenName: 'Zqtyped', fields: [{ key: 'size', value: { text: 'Zqsize' } }] },
        choices: [{ purpose: 'zqnews', noticeId: null }],
      },
      { clientId: null, token: undefined },
    ),
  )

test('what was asked with an address and waits for confirmation is told to whose it is; what else was typed only once that is sure', async () => {
  const [sure, unsure] = ['sure@example.org', 'unsure@example.org']
  const contact = await office.contact({ emails: [{ address: sure }, { address: unsure }] })
  await transact({ ...office.work, requestId: crypto.randomUUID() }, 'updateContact', async (tx) => {
    const { contactId, id } = await tx.contactPoint.findFirstOrThrow({ where: { value: sure } })
    await tx.contactPoint.update({ where: { contactId_id: { contactId, id } }, data: { verifiedAt: new Date() } })
  })
  for (const address of ['SURE@example.org', unsure, 'other@example.org']) await ask(address)
  const context = { ...office.work, requestId: crypto.randomUUID() }
  for (const email of [unsure, 'other@example.org']) {
    const wish = { email, purposes: ['zqnews'], language: 'de' as const, publicUrl: 'https://localhost' }
    await transact(context, 'withdrawConsent', (tx) => storeWish(tx, context, wish))
  }
  const { files } = await office.packageOf(contact, { language: 'DE' })
  const { data, redactions } = jsonIn(files, 'data.json')
  expect(data.consentRequest).toHaveLength(2)
  const [first, second] = data.consentRequest.map(({ record }: { record: object }) => record)
  expect(first).toMatchObject({
    ...{ email: 'SURE@example.org', purposes: ['zqnews'], site: 'Zqshop', givenName: 'Zqtyped' },
    fields: [{ field: 'size', value: 'Zqsize' }],
  })
  expect(second).toMatchObject({ email: unsure, purposes: ['zqnews'] })
  expect(Object.keys(second)).not.toContain('givenName')
  expect(redactions).toContainEqual(
    expect.objectContaining({ kind: 'consentRequest', record: second.id, field: 'fields' }),
  )
  expect(data.consentWish.map(({ record }: { record: object }) => record)).toEqual([
    expect.objectContaining({ email: unsure, purposes: ['zqnews'], language: 'de', expiresAt: expect.any(String) }),
  ])
  const text = await reportText(files)
  expect(text).toContain('Widerrufe,zudeneneineE-Mailunterwegsist')
  expect(text).toContain('Einwilligungen,dienochzubestätigensind')
  expect(text).toContain('DieAdresseistnichtbestätigt')
})
