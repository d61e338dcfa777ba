import { ensureClient } from './database/generate.ts'

// The command line imports the generated client, so that has to be there first.
await ensureClient()
const { run } = await import('./cli.ts')
await run(process.argv)
