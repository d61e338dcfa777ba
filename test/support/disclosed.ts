import type { Disclosed, Held } from '../../src/modules/disclosed.ts'
import type { PersonalData } from '../../src/modules/module.ts'

/** What a module discloses about a contact, by kind. */
export async function disclosedBy(
  { disclose }: Pick<PersonalData, 'disclose'>,
  held: Held,
): Promise<Record<string, Disclosed['record'][]>> {
  const kinds: Record<string, Disclosed['record'][]> = {}
  for await (const { kind, record } of disclose(held)) kinds[kind] = [...(kinds[kind] ?? []), record]
  return kinds
}
