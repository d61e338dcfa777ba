import { v7 as uuidv7 } from 'uuid'
import type { LegalGround, Prisma, PurposeVersion } from '#prisma/client.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { LawPurpose, Purposes } from '../law/types.ts'

// What a purpose asked for at an earlier moment decides over that moment, whatever it asks for since.

/** A purpose with what it asked for over time. */
export type PurposeOverTime = LawPurpose & { versions: PurposeVersion[] }

/** To read purposes with it, the oldest version first. */
export const withVersions = {
  versions: { orderBy: [{ since: 'asc' }, { id: 'asc' }] },
} satisfies Prisma.PurposeInclude

/** Notes what a purpose asks for from now on. */
export async function noteVersion(
  tx: Transaction,
  { id: purposeId, grounds, specialCategories }: { id: string; grounds: LegalGround[]; specialCategories: boolean },
): Promise<void> {
  const version = { purposeId, id: uuidv7(), since: new Date(), grounds, specialCategories }
  await tx.purposeVersion.create({ data: version })
}

/** The register as it was at a moment. What was recorded of times before there was a purpose is judged by how it was first. */
export function registerAt(purposes: readonly PurposeOverTime[], moment: Date): Purposes {
  return new Map(
    purposes.map(({ versions, ...purpose }) => {
      const version = versions.findLast(({ since }) => since <= moment) ?? versions[0]
      const { grounds, specialCategories } = version ?? purpose
      const retiredAt = purpose.retiredAt && purpose.retiredAt <= moment ? purpose.retiredAt : null
      return [purpose.key, { ...purpose, grounds, specialCategories, retiredAt }]
    }),
  )
}
