import type { Fault } from '../../graphql/errors.ts'

/** Adds a fault unless this can be the key of a purpose or a retention class. As keys of roles, which name purposes. */
export function checkKey(key: string, field: string, faults: Fault[]): void {
  if (/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(key)) return
  const message = 'Use 1 to 64 small letters, digits, dots, dashes and underscores, such as `newsletter`.'
  faults.push({ field, message })
}
