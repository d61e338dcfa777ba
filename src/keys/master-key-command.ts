import { execFile } from 'node:child_process'
import { StartError } from '../start-error.ts'
import { type MasterKeySource, parseMasterKeys } from './master-key.ts'

const longest = 30_000

/** Master keys that a command prints, such as one that asks a key management service or a hardware module. */
export function commandSource(command: string): MasterKeySource {
  const place = 'the output of LETHE_MASTER_KEY_COMMAND'
  return { place, read: async () => parseMasterKeys(await outputOf(command), place) }
}

/** What a shell command prints. Its own complaints are told, its output never. */
function outputOf(command: string): Promise<string> {
  const [shell, flag] = process.platform === 'win32' ? ['cmd.exe', '/c'] : ['/bin/sh', '-c']
  return new Promise((resolve, reject) => {
    const child = execFile(
      shell,
      [flag, command],
      { timeout: longest, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout)
        const reason = error.killed
          ? `took longer than ${longest / 1000} seconds`
          : `ended with ${error.code ?? error.signal}`
        const complaint = stderr.trim() && `:\n${stderr.trim().slice(-2000)}`
        // The error of Node repeats the command, which may have a password in it.
        reject(new StartError(`The command of LETHE_MASTER_KEY_COMMAND ${reason}${complaint || '.'}`))
      },
    )
    child.stdin?.end() // Nobody is there to answer a question.
  })
}
