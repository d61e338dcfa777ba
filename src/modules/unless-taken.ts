import { isUniqueViolation } from '../database/sql-errors.ts'
import { type Fault, invalidInput } from '../graphql/errors.ts'

/** Makes a change. Throws INVALID_INPUT with this fault where a value that has to be unique is another row's already. */
export async function unlessTaken<T>(fault: Fault, change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw invalidInput([fault])
  }
}
