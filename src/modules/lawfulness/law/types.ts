import type { LawfulBasisEvent, Purpose } from '#prisma/client.ts'

/** Of an event, what the law looks at. */
export type LawEvent = Pick<
  LawfulBasisEvent,
  | 'id'
  | 'kind'
  | 'purposeKey'
  | 'ground'
  | 'occurredAt'
  | 'recordedAt'
  | 'validFrom'
  | 'validUntil'
  | 'confirmUntil'
  | 'basisId'
  | 'specialGround'
  | 'byGuardian'
  | 'despiteObjection'
  | 'importId'
>

/** Of a purpose, what the law looks at. */
export type LawPurpose = Pick<
  Purpose,
  'key' | 'parentKey' | 'grounds' | 'specialCategories' | 'directMarketing' | 'retiredAt'
>

/** The register, by key. */
export type Purposes = ReadonlyMap<string, LawPurpose>

/** A purpose with those that it is part of, the nearest first. */
export function lineOf(purposes: Purposes, key: string): string[] {
  const line: string[] = []
  for (let next: string | null | undefined = key; next && !line.includes(next); next = purposes.get(next)?.parentKey) {
    line.push(next)
  }
  return line
}
