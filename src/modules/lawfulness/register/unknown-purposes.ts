import type { UnknownPurposes } from '../../contacts/sight.ts'

/** Which of these keys name no purpose, retired ones included. */
export const unknownPurposes: UnknownPurposes = async ({ database }, keys) => {
  const found = await database.purpose.findMany({ where: { key: { in: [...keys] } }, select: { key: true } })
  const known = new Set(found.map(({ key }) => key))
  return keys.filter((key) => !known.has(key))
}
