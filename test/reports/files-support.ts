import { decodeJwt } from 'jose'
import { uuidOf } from '../../src/graphql/ids.ts'
import { makeNextFile } from '../../src/modules/reports/files/worker.ts'
import { type Data, openOffice } from '../disclosure/support.ts'
import { ownerOf, withClient } from '../support/database.ts'

export const creating =
  'mutation ($input: CreateReportFileInput!) { createReportFile(input: $input) { id state rowsDone format content language } }'

const fields = 'id report state rowsDone rowsTotal rows size sha256 url columns expiresAt fault faultMessage'

export type Desk = Awaited<ReturnType<typeof openDesk>>

/** An app with an administrator, where files of reports are made when the test says so. */
export async function openDesk(options: Parameters<typeof openOffice>[0] = {}) {
  const office = await openOffice(options)
  const { ask, fail, work, user, url, app } = office
  const order = async (input: object, as?: string): Promise<string> =>
    (await ask(creating, { input }, as)).createReportFile.id
  const make = (changes: Partial<typeof work> = {}) => makeNextFile({ ...work, ...changes })
  const fileOf = async (id: string, as?: string): Promise<Data> =>
    (await ask(`query ($id: ID!) { reportFile(id: $id) { ${fields} } }`, { id }, as)).reportFile
  const fetched = (id: string, as: string = office.token) =>
    app.fetch(
      new Request(`${url}/report-files?id=${encodeURIComponent(id)}`, { headers: { authorization: `Bearer ${as}` } }),
    )
  return {
    ...office,
    ...{ order, make, fileOf, fetched, fail, user },
    /** Whose bearer token it is. */
    idOf: (token: string): string => decodeJwt(token).sub ?? '',
    uuidOfFile: (id: string) => uuidOf('ReportFile', id),
    /** Orders a file, makes it, and fetches it. */
    file: async (input: object, as?: string): Promise<Buffer> => {
      const id = await order(input, as)
      await make()
      const answer = await fetched(id, as)
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
      return Buffer.from(await answer.arrayBuffer())
    },
    /** What nobody can enter, but an import of long ago may have. */
    write: (sql: string, values: readonly unknown[]) =>
      withClient(ownerOf(office.config.databaseUrl ?? ''), async (owner) => {
        await owner.query("SET session_replication_role = 'replica'")
        await owner.query(sql, [...values])
      }),
  }
}

/** A report over contacts with these tags. */
export const tagged = (tag: string, columns: readonly string[], rest: object = {}) => ({
  definition: {
    ...{ source: 'contacts', columns, filter: { tags: { hasAny: [tag] } } },
    ...rest,
  },
})
