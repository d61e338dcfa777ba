import { parentPort } from 'node:worker_threads'
import { renderRegister } from './pdf.ts'

// Given a ProcessingRegister, it answers with the bytes of the PDF. What fails here ends the thread, and whoever waits hears of it.
parentPort?.on('message', async (register) => parentPort?.postMessage(await renderRegister(register)))
