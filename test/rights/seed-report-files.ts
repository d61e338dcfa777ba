import { randomUUID } from 'node:crypto'
import { failFile } from '../../src/modules/reports/files/produce.ts'
import { fileWork } from '../../src/modules/reports/files/queue.ts'
import { makeNextFile } from '../../src/modules/reports/files/worker.ts'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import type { Examples } from './values.ts'

const create = 'mutation ($input: CreateReportFileInput!) { createReportFile(input: $input) { id } }'

// Its rows take one right, `security.review`, beyond those of files: see `denialOf`.
const report = { key: 'security-review' }

/** A file of a report that is ready, one that could not be made, and one that waits. Returns the id of the first. */
export async function seedReportFiles({ work, database }: TestApp, act: Act): Promise<string> {
  const order = async (rest: object = {}) =>
    (await act(create, { input: { report, format: 'CSV', ...rest } }))['createReportFile']?.['id'] ?? ''
  await order()
  const failed = await fileWork.claim(database)
  if (failed) await failFile({ ...work, requestId: randomUUID() }, failed, new Error('made up'))
  const ready = await order({ format: 'JSON_LINES' })
  await makeNextFile(work)
  await order()
  return ready
}

/** What leads to them; what would take one away is tried on one that there is not. */
export const reportFileExamples = (id: string): Examples => ({
  'Query.reportFile.id': id,
  'Mutation.eraseReportFile.id': Buffer.from(`ReportFile:${randomUUID()}`).toString('base64'),
  'Mutation.createReportFile': () => ({ input: { report, format: 'CSV' } }),
  'CreateReportFileInput.content': 'ROWS',
  'CreateReportFileInput.format': 'CSV',
})
