import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const readme = join(import.meta.dirname, '..', '..', 'README.md')

/** Puts what was measured where README.md shows it: between `<!-- name: begin -->` and `<!-- name: end -->`. Throws if it has no such place. */
export async function inReadme(name: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const [before, rest] = (await readFile(readme, 'utf8')).split(begin)
  const [, after] = rest?.split(end) ?? []
  if (before === undefined || after === undefined) throw new Error(`README.md has no place for it: ${begin} … ${end}`)
  await writeFile(readme, `${before}${begin}\n${markdown}\n${end}${after}`)
  // As the check wants it.
  execFileSync('npx', ['biome', 'format', '--write', readme], {
    cwd: dirname(readme),
    shell: process.platform === 'win32',
  })
}
