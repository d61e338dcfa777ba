/** Pauses of the sequencer, which end early when somebody calls. */
export type Pace = {
  /** For at least so many milliseconds, and at most so many unless somebody calls, or has called since the last pause. */
  pause: (least: number, most: number) => Promise<void>
  /** Ends a pause. */
  call: () => void
  /** When somebody called last; milliseconds of a clock that nobody sets. */
  calledAt: () => number
}

/** Makes the pace of one loop. */
export function createPace(): Pace {
  let called = false
  let calledAt = Number.NEGATIVE_INFINITY
  let end: (() => void) | undefined

  const sleep = (milliseconds: number, isCallable: boolean) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds)
      if (!isCallable) return
      end = () => {
        clearTimeout(timer)
        done()
      }
    })

  return {
    pause: async (least, most) => {
      await sleep(least, false)
      if (!called) await sleep(most - least, true)
      called = false
      end = undefined
    },
    call: () => {
      called = true
      calledAt = performance.now()
      end?.()
    },
    calledAt: () => calledAt,
  }
}
