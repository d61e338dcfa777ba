import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modules } from '../../src/modules/index.ts'
import { findReadings, inputPass, readingPass } from './passes.ts'
import type { Report } from './report.ts'
import { snapshotOf } from './snapshot.ts'
import { startWorld, type World } from './world.ts'

let world: World
let reading: Report
let denied: Report
let allowed: Report
let unchanged: boolean

beforeAll(async () => {
  world = await startWorld()
  console.time('find')
  const readings = await findReadings(world)
  console.timeEnd('find')
  console.time('denied')
  const before = await snapshotOf(world.app.database)
  denied = await inputPass(world, 'denied')
  unchanged = JSON.stringify(await snapshotOf(world.app.database)) === JSON.stringify(before)
  console.timeEnd('denied')
  console.time('reading')
  reading = await readingPass(world, readings)
  console.timeEnd('reading')
  console.time('allowed')
  allowed = await inputPass(world, 'allowed')
  console.timeEnd('allowed')
}, 300_000)

afterAll(() => world?.close())

describe('rights', () => {
  test('read', () => {
    for (const r of [reading, denied, allowed]) console.log(r.comparisons, r.requests, r.differences.length, r.seen.size)
    expect(reading.differences.slice(0, 10)).toEqual([])
  })
  test('denied', () => { expect(denied.differences.slice(0, 10)).toEqual([]); expect(unchanged).toBe(true) })
  test('allowed', () => { expect(allowed.differences.slice(0, 10)).toEqual([]) })
  test('declared', () => expect(modules.flatMap((m) => Object.keys(m.rights)).sort()).toEqual(world.schema.rights))
})
