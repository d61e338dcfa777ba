import { parentPort, workerData } from 'node:worker_threads'
import { renderRegister } from './pdf.ts'

// Given a ProcessingRegister, it answers with the bytes of the PDF.
parentPort?.postMessage(await renderRegister(workerData))
