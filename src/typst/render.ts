import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { WorkContext } from '../graphql/context.ts'
import type { Document } from './document.ts'

const program = fileURLToPath(new URL('./render-process.ts', import.meta.url))

/** Lays out a document, or a part of one, as PDF/UA (document.typ). In a process of its own, which dies with the signal. */
export async function render(document: Document, signal: AbortSignal | undefined): Promise<Buffer> {
  const child = spawn(process.execPath, [program], { stdio: 'pipe', ...(signal && { signal }), env: {} })
  const ended = once(child, 'close')
  child.stdin.on('error', () => undefined) // It ended before it had read all: its exit code tells.
  child.stdin.end(JSON.stringify(document))
  const [pdf, said, [code]] = await Promise.all([buffer(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`the document could not be laid out (${code}): ${said.slice(-2000)}`)
  return pdf
}

/** The logo of whoever is responsible, for a document; null: there is none. */
export async function logoOf({ organisation }: Pick<WorkContext, 'organisation'>): Promise<Document['logo']> {
  const path = organisation?.logo
  return path
    ? { name: `logo${extname(path).toLowerCase()}`, content: (await readFile(path)).toString('base64') }
    : null
}
