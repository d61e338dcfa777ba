/** The rights of the module. */
export const orderRights = {
  'orders.orders': 'Orders: their numbers, when they were placed, how far they are, and which invoices belong to them.',
  'orders.lines': 'What was ordered: articles, descriptions and quantities.',
  'orders.amounts': 'What it cost: prices, taxes and totals.',
  'orders.addresses': 'Billing and delivery addresses, as they were when the order was placed.',
  'orders.notes': 'Notes on orders.',
  'orders.import': 'Importing orders. It takes the rights of what the orders have, too.',
} as const
