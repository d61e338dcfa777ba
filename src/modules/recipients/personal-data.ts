import { asRecord, rowsOf } from '../disclosed.ts'
import { concerns, nothingErased, type PersonalData } from '../module.ts'
import { recipientOperations, recipientTexts } from './disclosure-texts.ts'
import { tellReaders } from './erased.ts'

/** Who got a contact's data (Art. 15(1)(c) GDPR), and who was told that it was rectified or restricted (Art. 19, sentence 2). */
export const recipientData: PersonalData = {
  categories: ['recipients'],
  models: ['RecipientRead', 'RecipientNotice', 'RecipientSending'],
  texts: recipientTexts,
  operations: recipientOperations,
  async *disclose(held) {
    const { tx } = held
    const clients = new Map(
      (await tx.client.findMany({ select: { id: true, name: true } })).map(({ id, name }) => [id, name]),
    )
    // Of records together: a partner that looks through orders gets the same fields of each.
    const received = await tx.recipientRead.groupBy({
      by: ['clientId', 'field'],
      where: { contactId: held.contactId },
      _min: { firstAt: true },
      _max: { lastAt: true },
      orderBy: [{ clientId: 'asc' }, { field: 'asc' }],
    })
    for (const { clientId, field, _min, _max } of received) {
      const [firstAt, lastAt] = [_min.firstAt ?? new Date(), _max.lastAt ?? new Date()]
      const record = asRecord({ recipient: clients.get(clientId) ?? clientId, field, firstAt, lastAt })
      yield { kind: 'recipient', category: 'recipients', record, once: `${clientId} ${field} ${firstAt.toISOString()}` }
    }
    for await (const notice of rowsOf(held, (page) => tx.recipientNotice.findMany(page))) {
      const { kind, recipient, clientId, fields, record: of, changedAt, state, how, toldAt } = notice
      const record = asRecord({ kind, recipient, client: clientId, fields, of, changedAt, state, how, toldAt })
      yield { kind: 'recipientNotice', category: 'recipients', record }
    }
  },
  async erase(tx, contactIds, decision) {
    // As long as the contact is kept, it has to be told who got the data, and whom a rectification is told (Art. 15(1)(c), 19 GDPR).
    const where = { contactId: { in: [...contactIds] } }
    if (decision.categories !== null) {
      const rows = concerns(decision, 'recipients') ? await tx.recipientRead.count({ where }) : 0
      return rows > 0 ? { ...nothingErased, kept: { RecipientRead: { rows, reason } } } : nothingErased
    }
    await tellReaders(tx, contactIds, decision.at)
    const [sendings, notices, reads] = [
      await tx.recipientSending.deleteMany({ where }),
      await tx.recipientNotice.deleteMany({ where }),
      await tx.recipientRead.deleteMany({ where }),
    ]
    const erased = { RecipientSending: sendings.count, RecipientNotice: notices.count, RecipientRead: reads.count }
    return { ...nothingErased, erased }
  },
}

const reason = {
  de: 'Solange der Kontakt bleibt, muss sich sagen lassen, wer die Daten bekam (Art. 15 Abs. 1 Buchst. c, Art. 19 DSGVO).',
  en: 'As long as the contact is kept, it has to be told who got the data (Art. 15(1)(c), 19 GDPR).',
}
