import { afterAll } from 'vitest'
import { closeAll } from './at-end.ts'

// The first hook of each test file, and so the last one to run.
afterAll(closeAll)
