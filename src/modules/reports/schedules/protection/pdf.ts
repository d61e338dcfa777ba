import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import createQpdf from '@neslinesli93/qpdf-wasm'

/**
 * The same PDF, so that a password opens it (AES-256, ISO 32000-2), as qpdf makes it. What it may be used for isn't restricted further:
 * that would only tell programs what to offer.
 */
export async function protectPdf(pdf: Uint8Array, password: string): Promise<Buffer> {
  const qpdf = await createQpdf(options)
  const { FS: files } = qpdf
  if (!isWritable(files)) throw new Error('this qpdf has no files that can be written')
  files.writeFile('/in.pdf', pdf)
  // Nobody knows the owner's password, which would open it as well.
  const passwords = [`--user-password=${password}`, `--owner-password=${randomBytes(24).toString('base64url')}`]
  const { exitCode } = process
  try {
    const code = qpdf.callMain(['/in.pdf', '--encrypt', ...passwords, '--bits=256', '--', '/out.pdf'])
    if (code !== 0) throw new Error(`qpdf could not encrypt a PDF (${code})`)
  } finally {
    process.exitCode = exitCode // A program that fails sets it, though it isn't this process.
  }
  return Buffer.from(files.readFile('/out.pdf'))
}

const wasm = createRequire(import.meta.url)
  .resolve('@neslinesli93/qpdf-wasm')
  .replace(/qpdf\.js$/, 'qpdf.wasm')

const options = { locateFile: () => wasm, noInitialRun: true, print: () => undefined, printErr: () => undefined }

// Its types tell of reading alone.
const isWritable = <Files extends object>(
  files: Files,
): files is Files & { writeFile: (path: string, data: Uint8Array) => void } => 'writeFile' in files
