import { addressParts, type OrderAddress } from './draft.ts'

/** The address in a column; null if there is none. Its parts always come in the same order, as PostgreSQL keeps none. */
export function addressIn(stored: unknown): OrderAddress | null {
  if (typeof stored !== 'object' || stored === null) return null
  const part = (name: string) => {
    const value: unknown = Reflect.get(stored, name)
    return typeof value === 'string' ? value : ''
  }
  const [name = '', organisation = '', street = '', postalCode = '', city = '', region = '', country = ''] =
    addressParts.map(part)
  return { name, organisation, street, postalCode, city, region, country }
}
