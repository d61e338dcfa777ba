import { StartError } from '../start-error.ts'

/** What is wrong with an archive, with the place: `/backups/lethe.age, record 17 at byte 20480: …`. Nothing was changed then. */
export class ArchiveFault extends StartError {
  constructor(place: string, reason: string, options?: ErrorOptions) {
    super(`${place}: ${reason}`, options)
  }
}

/** The message of an error, whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
