import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withClient } from './database.ts'

const root = join(import.meta.dirname, '..', '..')
const generated = join(root, 'test', '.generated')
const fixtures = ['loyalty'].map((name) => ({ name, folder: join(root, 'test', 'fixtures', name) }))

/**
 * The data model of the tests: the product's, and those of the fixture modules beside it, as if newcomers had put their
 * files into prisma/schema. Written to test/.generated; the product's own client stays as it is.
 */
export async function generateFixtureClient(): Promise<void> {
  const schema = join(generated, 'schema')
  await rm(schema, { recursive: true, force: true })
  await cp(join(root, 'prisma', 'schema'), schema, { recursive: true })
  for (const { name, folder } of fixtures) await cp(join(folder, `${name}.prisma`), join(schema, `${name}.prisma`))
  const main = await readFile(join(schema, 'main.prisma'), 'utf8')
  await writeFile(join(schema, 'main.prisma'), main.replaceAll('../../src/database/generated/', '../'))
  await promisify(execFile)(join(root, 'node_modules', '.bin', 'prisma'), ['generate', '--schema', schema], {
    cwd: root,
  })
}

/** The fixture modules' migrations. */
export async function migrateFixture(url: string): Promise<void> {
  const scripts = await Promise.all(fixtures.map(({ folder }) => readFile(join(folder, 'migration.sql'), 'utf8')))
  await withClient(url, (client) => client.query(scripts.join('\n')))
}

if (process.argv[1] === import.meta.filename) await generateFixtureClient()
