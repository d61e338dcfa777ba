import type { Builder } from '../../../graphql/builder.ts'
import { type Fault, invalidInput, LetheError } from '../../../graphql/errors.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { checkTimeZone } from '../../contacts/check-values.ts'
import { ImportFileError } from '../../contacts/import/row.ts'
import { contactIdOf } from '../../contacts/queries.ts'
import { exportCalendar } from '../ical/export.ts'
import { type ImportedCounts, importCalendar } from '../ical/import.ts'

type Rejected = { line: number; faults: readonly Fault[] }
type Result = ImportedCounts & { dryRun: boolean; rejectedComponents: Rejected[] }

/** The largest calendar that one answer has, in characters. */
const longest = 5_000_000
const mostRejected = 100

/** `iCalendar` and `importAppointments`. */
export function addCalendarFiles(builder: Builder): void {
  const auth = { read: 'calendar.export' }
  builder.queryField('iCalendar', (t) =>
    t.string({
      nullable: true,
      auth,
      description:
        'Appointments as a calendar of RFC 5545, with as much of them as you may read; the same as `GET /calendar.ics`, which takes any ' +
        'number. `LIMIT_EXCEEDED` beyond five million characters.',
      args: {
        contact: t.arg.id({
          auth: { read: 'calendar.participants' },
          description: 'Only what this contact takes part in.',
        }),
        from: t.arg({ type: 'DateTime', description: 'Only what is not over at this moment.' }),
        to: t.arg({ type: 'DateTime', description: 'Only what begins before this moment.' }),
      },
      readLog: (_root, { contact }) => ({ contactId: contact ? contactIdOf(contact) : undefined }),
      resolve: async (_root, { contact, from, to }, context) => {
        const filter = { contactId: contact ? contactIdOf(contact) : undefined }
        let text = ''
        for await (const piece of exportCalendar(context, {
          filter,
          window: { from: from ?? undefined, to: to ?? undefined },
        })) {
          text += piece
          if (text.length > longest) {
            throw new LetheError(
              'LIMIT_EXCEEDED',
              'This is too much for one answer: give a window, or use GET /calendar.ics.',
            )
          }
        }
        return text
      },
    }),
  )
  addImport(builder)
}

function addImport(builder: Builder) {
  const auth = { read: 'calendar.import' }
  const fault = builder.objectRef<Fault>('CalendarFault').implement({
    description: 'What is wrong with a component of a calendar.',
    auth,
    fields: (t) => ({
      field: t.exposeString('field', { nullable: false, description: 'Such as `DTSTART`.' }),
      message: t.exposeString('message', { nullable: false, description: 'What to do about it.' }),
    }),
  })
  const rejected = builder.objectRef<Rejected>('RejectedComponent').implement({
    description: 'A component of a calendar that was not imported.',
    auth,
    fields: (t) => ({
      line: t.exposeInt('line', { nullable: false, description: 'The line that it begins in.' }),
      faults: t.field({
        type: [fault],
        nullable: false,
        description: 'What is wrong with it.',
        resolve: ({ faults }) => [...faults],
      }),
    }),
  })
  const result = builder.objectRef<Result>('CalendarImportResult').implement({
    description: 'What came of an import.',
    auth,
    fields: (t) => ({
      dryRun: t.exposeBoolean('dryRun', { nullable: false, description: 'True: nothing was written.' }),
      created: t.exposeInt('created', { nullable: false, description: 'New appointments.' }),
      updated: t.exposeInt('updated', { nullable: false, description: 'Known ones that changed.' }),
      cancelled: t.exposeInt('cancelled', { nullable: false, description: 'Those that were called off.' }),
      unchanged: t.exposeInt('unchanged', { nullable: false, description: 'Known ones, of this or a newer version.' }),
      rejected: t.exposeInt('rejected', { nullable: false, description: 'Components with faults.' }),
      rejectedComponents: t.expose('rejectedComponents', {
        type: [rejected],
        nullable: false,
        description: 'The first 100 of them.',
      }),
    }),
  })
  const input = builder.inputType('ImportAppointmentsInput', {
    description: 'A calendar.',
    auth: { write: 'calendar.import' },
    fields: (t) => ({
      content: t.string({
        required: true,
        description: 'The text of the file. For large ones there is `lethe import-calendar`.',
      }),
      timeZone: t.string({ description: 'IANA, of times that come without one; UTC, unless said otherwise.' }),
      contactId: t.id({
        auth: { write: 'calendar.participants' },
        description: 'A contact who takes part in all of it, besides those who are found by their mail addresses.',
      }),
      dryRun: t.boolean({ description: 'Check and count only.' }),
    }),
  })
  builder.mutationField('importAppointments', (t) =>
    t.field({
      type: result,
      nullable: true,
      auth: { write: 'calendar.import' },
      description:
        'Imports a calendar of RFC 5545. Good appointments come in, components with faults are told. Imported again, what changed is ' +
        'changed, by `UID` and `SEQUENCE`; who takes part here already stays. Not for those who are bound to purposes.',
      args: { input: t.arg({ type: input, required: true, description: 'The calendar.' }) },
      resolve: async (_root, { input: given }, context): Promise<Result> => {
        const faults: Fault[] = []
        const timeZone = checkTimeZone(given.timeZone, 'input.timeZone', faults) || 'UTC'
        if (faults.length > 0) throw invalidInput(faults)
        const contactId = given.contactId ? uuidOf('Contact', given.contactId).toLowerCase() : undefined
        const dryRun = given.dryRun ?? false
        const rejectedComponents: Rejected[] = []
        const { rights } = context
        const counts = await refusing(() =>
          importCalendar(context, inPieces(given.content), {
            ...{ timeZone, contactId, dryRun, rights },
            onRejected: (line, found) => {
              if (rejectedComponents.length < mostRejected) rejectedComponents.push({ line, faults: found })
            },
          }),
        )
        return { ...counts, dryRun, rejectedComponents }
      },
    }),
  )
}

async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

/** A file that can't be read at all is a fault of the input. */
async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ImportFileError)) throw error
    throw invalidInput([{ field: 'input.content', message: `${error.place}: ${error.message}` }])
  }
}
