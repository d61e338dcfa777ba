import { v7 as uuidv7 } from 'uuid'
import type { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'

type Default = Omit<Prisma.RetentionClassCreateManyInput, 'id' | 'names'> & { names: { de: string; en: string } }

/** The retention classes to begin with: what German law wants kept, and for how long. */
export const retentionDefaults: readonly Default[] = [
  {
    key: 'books',
    names: { de: 'Handelsbücher, Inventare, Jahresabschlüsse', en: 'Books, inventories, annual accounts' },
    period: 'P10Y',
    start: 'end_of_calendar_year',
    citation: '§ 257 Abs. 1 Nr. 1, Abs. 4, 5 HGB; § 147 Abs. 1 Nr. 1, Abs. 3, 4 AO',
    action: 'restrict',
  },
  {
    key: 'vouchers',
    names: { de: 'Buchungsbelege, Rechnungen', en: 'Accounting vouchers, invoices' },
    period: 'P8Y',
    start: 'end_of_calendar_year',
    citation: '§ 257 Abs. 1 Nr. 4, Abs. 4, 5 HGB; § 147 Abs. 1 Nr. 4, Abs. 3, 4 AO; § 14b Abs. 1 UStG',
    action: 'restrict',
  },
  {
    key: 'commercial-letters',
    names: { de: 'Handels- und Geschäftsbriefe', en: 'Commercial letters' },
    period: 'P6Y',
    start: 'end_of_calendar_year',
    citation: '§ 257 Abs. 1 Nr. 2, 3, Abs. 4, 5 HGB; § 147 Abs. 1 Nr. 2, 3, 5, Abs. 3, 4 AO',
    action: 'restrict',
  },
  {
    key: 'telephone-advertising-consent',
    names: { de: 'Einwilligungen in Telefonwerbung', en: 'Consents to telephone advertising' },
    period: 'P5Y',
    start: 'last_use',
    citation: '§ 7a Abs. 2 UWG',
    action: 'restrict',
  },
  {
    key: 'claims',
    names: { de: 'Nachweise für mögliche Ansprüche', en: 'Evidence for possible claims' },
    period: 'P3Y',
    start: 'end_of_calendar_year',
    citation: '§§ 195, 199 Abs. 1 BGB; Art. 17 Abs. 3 Buchst. e DSGVO',
    action: 'restrict',
  },
  {
    key: 'applications',
    names: { de: 'Bewerbungen nach einer Absage', en: 'Job applications after a rejection' },
    period: 'P6M',
    start: 'end_of_purpose',
    citation: '§ 15 Abs. 4 AGG, § 61b Abs. 1 ArbGG',
    action: 'erase',
  },
  {
    key: 'without-ground',
    names: { de: 'Daten, für die keine Rechtsgrundlage mehr gilt', en: 'Data that no legal ground holds for any more' },
    period: 'P1M',
    start: 'end_of_purpose',
    citation: 'Art. 17 Abs. 1 Buchst. a, b, d DSGVO',
    action: 'erase',
  },
  {
    key: 'inactive-contacts',
    names: { de: 'Kontakte ohne Verbindung', en: 'Contacts that one has lost touch with' },
    period: 'P2Y',
    start: 'last_contact',
    citation: 'Art. 5 Abs. 1 Buchst. e DSGVO',
    action: 'erase',
  },
]

/** Makes the retention classes that are missing, and leaves the others as they are. */
export async function addMissingRetentionClasses(tx: Transaction): Promise<void> {
  const present = new Set((await tx.retentionClass.findMany({ select: { key: true } })).map(({ key }) => key))
  const missing = retentionDefaults.filter(({ key }) => !present.has(key))
  if (missing.length > 0) await tx.retentionClass.createMany({ data: missing.map((row) => ({ ...row, id: uuidv7() })) })
}
