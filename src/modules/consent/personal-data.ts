import type { ContactPoint } from '#prisma/client.ts'
import { asRecord, type Disclosed, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { addressUnknown, consentOperations, consentTexts } from './disclosure-texts.ts'
import { forgetPersons, type OpenRequest, requestsOf } from './requests/requests.ts'
import { wishesOf } from './requests/wishes.ts'

/**
 * What this module holds about a contact: handles by which they see their consents, and requests with their addresses that are yet to be
 * confirmed, to consent or to withdraw. Those are about nobody in particular until then; they are sealed, and gone when they expire, or when a contact with their
 * address is erased.
 */
export const consentData: PersonalData = {
  categories: ['legal grounds'],
  models: ['ConsentHandle'],
  texts: consentTexts,
  operations: consentOperations,
  async *disclose(held) {
    for await (const handle of rowsOf(held, (page) => held.tx.consentHandle.findMany(page))) {
      const { purposes, createdAt, expiresAt } = handle
      yield { kind: 'consentHandle', category: 'legal grounds', record: asRecord({ purposes, createdAt, expiresAt }) }
    }
    const { tx, contactId } = held
    const emails = { contactId, kind: 'email' }
    for (const point of await tx.contactPoint.findMany({ where: emails, orderBy: { id: 'asc' } })) {
      for (const request of await requestsOf(tx, held, point.value)) yield disclosedRequest(request, point)
      for (const { id, wish, expiresAt } of await wishesOf(tx, held, point.value)) {
        const { email, purposes, language } = wish
        const record = asRecord({ id, email, purposes, language, expiresAt })
        yield { kind: 'consentWish', category: 'legal grounds', record, once: id }
      }
    }
  },
  async erase(tx, contactIds, decision, { secrets }) {
    if (!concerns(decision, 'legal grounds') && !concerns(decision, 'contact details')) return nothingErased
    const where = { contactId: { in: [...contactIds] } }
    const points = await tx.contactPoint.findMany({ where: { ...where, kind: 'email' }, select: { value: true } })
    const waiting = await forgetPersons(
      tx,
      secrets,
      points.map(({ value }) => value),
    )
    const { count } = await tx.consentHandle.deleteMany({ where })
    return { ...nothingErased, erased: { ConsentHandle: count, ConsentRequest: waiting } }
  },
}

/** Anybody may have typed the address: what else they typed is told to whom we know that it is theirs. */
function disclosedRequest({ id, content, createdAt, expiresAt }: OpenRequest, point: ContactPoint): Disclosed {
  const { email, site, page, network, language, givenName, familyName, choices, fields } = content
  const purposes = choices.map(({ purpose }) => purpose)
  const typed = {
    page,
    network,
    givenName,
    familyName,
    fields: fields.map(({ key, value }) => ({ field: key, value: valueIn(value) })),
  }
  return {
    kind: 'consentRequest',
    category: 'legal grounds',
    record: asRecord({ id, email, purposes, site, language, createdAt, expiresAt, ...(point.verifiedAt && typed) }),
    ...(!point.verifiedAt && { redactions: Object.keys(typed).map((field) => ({ field, rule: addressUnknown })) }),
    once: id,
  }
}

/** Of the forms that a value may have, the one that it has. */
const valueIn = (value: object | null): unknown => Object.values(value ?? {}).find((one) => one !== null) ?? null
