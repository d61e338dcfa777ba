import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { secretSettings, settings } from './settings.ts'
import { StartError } from './start-error.ts'

/** With the contents of the files that `NAME_FILE` names, for those who keep secrets out of the environment. */
export function withFiles(environment: NodeJS.ProcessEnv): { given: NodeJS.ProcessEnv; warnings: string[] } {
  const given = { ...environment }
  const warnings: string[] = []
  for (const name of Object.keys(settings.shape)) {
    const path = environment[`${name}_FILE`]
    if (path === undefined) continue
    if (environment[name] !== undefined) throw new StartError(`Set either ${name} or ${name}_FILE, not both.`)
    const { text, mode } = readSetting(name, path)
    given[name] = text.trim()
    if (!secretSettings.includes(name)) continue
    // Docker and Kubernetes lay secrets down for everybody in the container to read, where often nobody else is.
    if ((mode & 0o002) !== 0) {
      throw new StartError(`Everybody can write the file that ${name}_FILE names. Close it: chmod o-rw ${path}`)
    }
    if ((mode & 0o004) !== 0) {
      warnings.push(
        `Everybody on this machine can read the secret in the file that ${name}_FILE names: chmod o-r ${path}`,
      )
    }
  }
  return { given, warnings }
}

/** What a file says, and its mode: none on Windows, where the folder's permissions protect it. */
function readSetting(name: string, path: string): { text: string; mode: number } {
  try {
    const file = openSync(path, 'r')
    try {
      return { text: readFileSync(file, 'utf8'), mode: process.platform === 'win32' ? 0 : fstatSync(file).mode }
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw new StartError(`The file that ${name}_FILE names can't be read: ${path}.`, { cause })
  }
}
