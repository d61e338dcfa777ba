import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withClient } from './database.ts'

const root = join(import.meta.dirname, '..', '..')
const generated = join(root, 'test', '.generated')
const loyalty = join(root, 'test', 'fixtures', 'loyalty')

/**
 * The data model of the tests: the product's, and that of the fixture module beside it, as if a newcomer had put their
 * file into prisma/schema. Written to test/.generated; the product's own client stays as it is.
 */
export async function generateFixtureClient(): Promise<void> {
  const schema = join(generated, 'schema')
  await rm(schema, { recursive: true, force: true })
  await cp(join(root, 'prisma', 'schema'), schema, { recursive: true })
  await cp(join(loyalty, 'loyalty.prisma'), join(schema, 'loyalty.prisma'))
  const main = await readFile(join(schema, 'main.prisma'), 'utf8')
  await writeFile(join(schema, 'main.prisma'), main.replaceAll('../../src/database/generated/', '../'))
  await promisify(execFile)(join(root, 'node_modules', '.bin', 'prisma'), ['generate', '--schema', schema], {
    cwd: root,
  })
}

/** The fixture module's migration. */
export async function migrateFixture(url: string): Promise<void> {
  const sql = await readFile(join(loyalty, 'migration.sql'), 'utf8')
  await withClient(url, (client) => client.query(sql))
}

if (process.argv[1] === import.meta.filename) await generateFixtureClient()
