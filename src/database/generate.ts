import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const stampFile = join(import.meta.dirname, 'generated', 'schema.sha256')

/**
 * Generates Prisma's client from prisma/schema, unless the one that is there was made from the same files. It imports
 * nothing that would need the client.
 */
export async function ensureClient(): Promise<void> {
  const stamp = await schemaStamp()
  const known = await readFile(stampFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  if (known === stamp) return
  const prisma = join(root, 'node_modules', 'prisma', 'build', 'index.js')
  // Prisma starts its generators by name, and finds them whether or not npm started us.
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].filter(Boolean).join(delimiter)
  const env = { ...process.env, PATH: path }
  await promisify(execFile)(process.execPath, [prisma, 'generate'], { cwd: root, env })
  await writeFile(stampFile, stamp)
}

async function schemaStamp() {
  const folder = join(root, 'prisma', 'schema')
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)))
  hash.update(await readFile(join(root, 'package-lock.json'))) // A new version of Prisma generates anew.
  return hash.digest('hex')
}

if (process.argv[1] === import.meta.filename) await ensureClient()
