import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fileName } from '../../src/backup/names.ts'
import { startTestApp } from '../support/app.ts'
import { emptyFolder, newReader } from './support.ts'

const hour = 3_600_000

/** An app that has backups of these ages, in hours, of a day that it is to make one each. */
async function serverWith(ages: { lethe: number[]; 'lethe-keys': number[] }, every = 24 * hour) {
  const folder = await emptyFolder()
  const { protection } = await newReader()
  for (const series of ['lethe', 'lethe-keys'] as const) {
    await mkdir(join(folder, series))
    for (const age of ages[series])
      await writeFile(join(folder, series, fileName(series, new Date(Date.now() - age * hour))), '')
  }
  const app = await startTestApp({
    config: {
      backups: { protection, every, folder: join(folder, 'lethe'), keep: { daily: 1 }, files: false },
      keyBackups: {
        ...{ protection, every, folder: join(folder, 'lethe-keys'), keptFor: 168 * hour },
        ...{ masterKeyFor: 0, masterKeyCopy: undefined },
      },
    },
  })
  onTestFinished(app.close)
  const ask = async (path: string) => await app.app.fetch(new Request(`${app.url}${path}`))
  const metrics = await (await ask('/metrics')).text()
  const metric = (name: string, of: string) => {
    const [, value] = new RegExp(`^lethe_backup_${name}\\{of="${of}"\\} (.+)$`, 'm').exec(metrics) ?? []
    return Number(value?.replace('+Inf', 'Infinity'))
  }
  const ready = await ask('/health/ready')
  const review = await app.graphql(
    '{ securityReview { key status findings { text attention } } }',
    {},
    await app.signIn(),
  )
  const measure = review.data.securityReview.find(({ key }: { key: string }) => key === 'BACKUPS')
  return { metric, status: ready.status, ready: await ready.json(), measure }
}

test('readiness, metrics and the review of security tell how old the newest backups are, and of those that are overdue; the server stays ready', async () => {
  const { measure, metric, ready, status } = await serverWith({ lethe: [400, 20, -5], 'lethe-keys': [60, 37] })
  expect(status).toBe(200)
  expect(ready).toEqual({
    status: 'ready',
    degraded: ['A backup of the key store is overdue: the last one was made 37 hours ago.'],
  })
  expect(metric('age_seconds', 'database') / 3600).toBeCloseTo(20, 1)
  expect(metric('age_seconds', 'keys') / 3600).toBeCloseTo(37, 1)
  expect([metric('overdue', 'database'), metric('overdue', 'keys')]).toEqual([0, 1])
  expect(measure).toMatchObject({ status: 'ATTENTION' })
  expect(measure.findings).toContainEqual({ text: 'The key store: the last backup is overdue.', attention: true })
})

test('where there is none yet, it is overdue once the server has run for longer than it should take', async () => {
  const young = await serverWith({ lethe: [], 'lethe-keys': [1] })
  expect(young.ready).toEqual({ status: 'ready' })
  expect(young.measure).toMatchObject({ status: 'UNKNOWN', findings: [{ attention: false }] })
  expect(young.metric('age_seconds', 'database')).toBe(Number.POSITIVE_INFINITY)
  const old = await serverWith({ lethe: [], 'lethe-keys': [1] }, 1)
  expect(old.ready.degraded).toContain('A backup of the database is overdue: there is none.')
})
