import type { Transaction } from '../../../database/recorder.ts'
import type { Format } from '../../disclosed.ts'
import { textIn, textsIn } from '../../lawfulness/texts.ts'
import type { Language } from '../packages.ts'

/** What keys that the controller made are called, by what they are the keys of. */
export type Names = ReadonlyMap<Format, ReadonlyMap<string, string>>

/** Reads them, in one language. */
export async function namesIn(tx: Transaction, language: Language): Promise<Names> {
  const named = { select: { key: true, names: true } } as const
  const nameOf = ({ key, names }: { key: string; names: unknown }) =>
    [key, textIn(textsIn(names), language) || key] as const
  const purposes = await tx.purpose.findMany(named)
  const documentTypes = await tx.documentType.findMany(named)
  const retentionClasses = await tx.retentionClass.findMany(named)
  const fields = await tx.fieldDefinition.findMany({ select: { key: true, labels: true } })
  return new Map<Format, ReadonlyMap<string, string>>([
    ['purpose', new Map(purposes.map(nameOf))],
    ['documentType', new Map(documentTypes.map(nameOf))],
    ['retentionClass', new Map(retentionClasses.map(nameOf))],
    ['customField', new Map(fields.map(({ key, labels }) => nameOf({ key, names: labels })))],
  ])
}
