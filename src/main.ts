import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { ensureClient } from './database/generate.ts'

// To compile the product is half of what a short command takes. Node keeps what comes of it, by the sources, where it may write.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'lethe-compiled'))

// The command line imports the generated client, so that has to be there first.
await ensureClient()
const { run } = await import('./cli.ts')
await run(process.argv)
