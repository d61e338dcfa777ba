/** Whether a document holds personal data, and of whom. */
export const personalKinds = ['none', 'linked', 'others'] as const

export type Personal = (typeof personalKinds)[number]

/** As a column has it. */
export function personalOf(column: string): Personal {
  const found = personalKinds.find((kind) => kind === column)
  if (!found) throw new Error(`${column} says of no document whether it holds personal data`)
  return found
}
