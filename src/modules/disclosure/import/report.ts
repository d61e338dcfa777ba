import { type Fault, LetheError } from '../../../graphql/errors.ts'

/** What came of the records of one kind: new here, here already, or left out for a reason that is told. */
export type Came = { created: number; known: number; faults: Fault[] }

/** What is wrong with a record, said of its place (`document 3`); throws what is not its fault. */
export function faultsOf(place: string, error: unknown): Fault[] {
  if (!(error instanceof LetheError)) throw error
  const { faults } = error.extensions
  if (error.code === 'INVALID_INPUT' && Array.isArray(faults))
    return faults.map(({ field, message }) => ({ field: `${place}: ${field}`, message }))
  if (['LIMIT_EXCEEDED', 'NOT_FOUND', 'FORBIDDEN'].includes(String(error.code)))
    return [{ field: place, message: error.message }]
  throw error
}
