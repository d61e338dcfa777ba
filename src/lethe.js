#!/usr/bin/env node
// Plain JavaScript, so that any Node runs it: starts the command line with a Node that runs TypeScript as it is.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledNode, isNewEnough } from './node.js'

const main = join(dirname(fileURLToPath(import.meta.url)), 'main.ts')

if (isNewEnough) {
  process.argv[1] = main
  stopWithNpm(() => process.kill(process.pid, 'SIGTERM'))
  await import('./main.ts')
} else {
  const node = bundledNode()
  if (node) {
    const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    stopWithNpm(() => child.kill('SIGTERM'))
    child.once('error', (error) => fail(`${node} can't be run: ${error.message}`))
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
    })
  } else {
    fail(
      'Lethe needs Node 24 or newer, and none came along: run "npm ci" again, with optional dependencies, or install it.',
    )
  }
}

// npm passes SIGTERM on to a shell, which dies of it and tells nobody. So under npm we also stop when whoever started us is
// gone.
function stopWithNpm(stop) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, 500)
  timer.unref()
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
