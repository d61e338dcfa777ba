import type { KindTexts, Text } from '../disclosed.ts'
import { addressWords } from '../shared-words.ts'

/** How orders are called where the contact reads of them. */
export const orderTexts: Readonly<Record<string, KindTexts>> = {
  order: {
    ...{ de: 'Bestellungen', en: 'Orders' },
    formats: {
      ...{ netTotal: 'decimal', taxTotal: 'decimal', total: 'decimal', quantity: 'decimal', unitPrice: 'decimal' },
      ...{ taxRate: 'decimal', amount: 'decimal', country: 'country', retainedBy: 'citation' },
    },
    entities: ['Order', 'OrderLine'],
    values: {
      status: {
        placed: { de: 'aufgegeben', en: 'placed' },
        confirmed: { de: 'bestätigt', en: 'confirmed' },
        fulfilled: { de: 'ausgeführt', en: 'fulfilled' },
        cancelled: { de: 'storniert', en: 'cancelled' },
      },
    },
    fields: {
      source: { de: 'Aufgegeben über', en: 'Placed at' },
      number: { de: 'Bestellnummer', en: 'Order number' },
      placedAt: { de: 'Bestellt am', en: 'Ordered on' },
      status: { de: 'Stand', en: 'State' },
      currency: { de: 'Währung', en: 'Currency' },
      pricesIncludeTax: { de: 'Preise mit Steuer', en: 'Prices include tax' },
      netTotal: { de: 'Summe ohne Steuer', en: 'Total without tax' },
      taxTotal: { de: 'Steuer', en: 'Tax' },
      total: { de: 'Gesamtsumme', en: 'Total' },
      billingAddress: { de: 'Rechnungsadresse', en: 'Billing address' },
      shippingAddress: { de: 'Lieferadresse', en: 'Delivery address' },
      notes: { de: 'Notizen', en: 'Notes' },
      invoices: { de: 'Rechnungen (Dokumente)', en: 'Invoices (documents)' },
      invoicedAt: { de: 'Berechnet am', en: 'Invoiced on' },
      retainedUntil: { de: 'Aufbewahrt bis', en: 'Kept until' },
      retainedBy: { de: 'Aufbewahrt nach', en: 'Kept by' },
      lines: { de: 'Positionen', en: 'Lines' },
      articleNumber: { de: 'Artikelnummer', en: 'Article number' },
      description: { de: 'Bezeichnung', en: 'Description' },
      quantity: { de: 'Menge', en: 'Quantity' },
      unitPrice: { de: 'Einzelpreis', en: 'Unit price' },
      taxRate: { de: 'Steuersatz (%)', en: 'Tax rate (%)' },
      amount: { de: 'Betrag', en: 'Amount' },
      position: { de: 'Position', en: 'Position' },
      order: { de: 'Kennung der Bestellung', en: 'Id of the order' },
      ...addressWords,
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const orderOperations: Readonly<Record<string, Text>> = {
  createOrder: { de: 'Bestellung eingetragen', en: 'order entered' },
  updateOrder: { de: 'Bestellung geändert', en: 'order changed' },
  changeOrderStatus: { de: 'Stand einer Bestellung geändert', en: 'state of an order changed' },
  attachInvoice: { de: 'Rechnung zugeordnet', en: 'invoice attached' },
  deleteOrder: { de: 'Bestellung gelöscht', en: 'order deleted' },
  importOrders: { de: 'Bestellungen importiert', en: 'orders imported' },
}
