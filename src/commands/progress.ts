import { Presets, SingleBar } from 'cli-progress'
import { say } from './store.ts'

/** Shows how far a long command is. */
export type Progress = { update: (done: number, note: string) => void; end: () => void }

// Where there is no terminal, a line now and then.
const plainEvery = 10_000

/**
 * A bar on a terminal; plain lines elsewhere.
 *
 * @param total What `done` counts up to: bytes of a file, or rows.
 */
export function showProgress(total: number): Progress {
  if (!process.stderr.isTTY) {
    let last = Date.now()
    return {
      update(_done, note) {
        if (Date.now() - last < plainEvery) return
        last = Date.now()
        say(note)
      },
      end: () => undefined,
    }
  }
  const bar = new SingleBar(
    { format: '{bar} {percentage} %  {note}', stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  )
  bar.start(total, 0, { note: '' })
  return {
    update: (done, note) => bar.update(Math.min(done, total), { note }),
    end: () => bar.stop(),
  }
}

/** Progress whose length is known only once work has begun. */
export function lateProgress(): { update: (done: number, total: number, note: string) => void; end: () => void } {
  let bar: { progress: Progress; total: number } | undefined
  return {
    update: (done, total, note) => {
      if (bar?.total !== total) bar?.progress.end()
      if (bar?.total !== total) bar = { progress: showProgress(total), total }
      bar.progress.update(done, note)
    },
    end: () => bar?.progress.end(),
  }
}
