import { deepStrictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { request } from 'node:https'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { type Answer, type Contender, type Contest, contenders, type Question } from './contest.ts'
import { type Running, start } from './process.ts'
import type { World } from './world.ts'

type Questions = ReadonlyMap<Contest, Record<Contender, Question[]>>

/** What came of asking one contender one thing for a while. */
export type Result = {
  answered: number
  /** A second. */
  rate: number
  /** In ms. */
  median: number
  p99: number
  /** The work of its process for one answer, in ms. */
  cpu: number | undefined
}

export type Round = ReadonlyMap<Contest, Record<Contender, Result>>

const compared = 20

/** Throws unless all contenders answer the same. */
export async function requireSame(world: World, questions: Questions): Promise<void> {
  const answers = new Map<Contest, Record<Contender, unknown[]>>()
  for (const contender of contenders) {
    await withRunning(contender, world, async (running) => {
      for (const [contest, { [contender]: asked }] of questions) {
        const found = await Promise.all(asked.slice(0, compared).map((question) => ask(world, running, question)))
        const all = answers.get(contest) ?? { limit: [], postgraphile: [], lethe: [] }
        all[contender] = found.map((answer) => normalised(contest, contender, answer))
        answers.set(contest, all)
      }
    })
  }
  for (const [{ title }, { limit, postgraphile, lethe }] of answers) {
    deepStrictEqual(lethe, limit, `${title}: Lethe answers something else`)
    deepStrictEqual(postgraphile, limit, `${title}: PostGraphile answers something else`)
  }
}

function normalised({ title, normalise }: Contest, contender: Contender, answer: Answer) {
  if (answer?.errors) throw new Error(`${title}, ${contender}: ${JSON.stringify(answer.errors)}`)
  return normalise[contender](answer)
}

/** Each contender in turn, with all contests. */
export async function run(world: World, questions: Questions, seconds: number): Promise<Round> {
  const round = new Map<Contest, Partial<Record<Contender, Result>>>()
  for (const contender of contenders) {
    await withRunning(contender, world, async (running) => {
      for (const [contest, { [contender]: asked }] of questions) {
        const load = (time: number) =>
          loaded(world, running, asked, { seconds: time, connections: contest.connections ?? 16 })
        await warmUp(() => load(Math.max(2, seconds / 4)))
        const before = await running.worked()
        const { failed, ...result } = await load(seconds)
        const after = await running.worked()
        if (failed > 0) throw new Error(`${contest.title}: ${contender} failed ${failed} times`)
        const cpu = before === undefined || after === undefined ? undefined : (after - before) / result.answered
        round.set(contest, { ...round.get(contest), [contender]: { ...result, cpu } })
        console.log(
          `  ${contest.title.padEnd(24)} ${contender.padEnd(14)} ${result.rate.toFixed(0).padStart(6)}/s, ` +
            `median ${result.median} ms, 99 % within ${result.p99} ms, ${cpu?.toFixed(2)} ms of its process each`,
        )
      }
    })
  }
  return new Map([...round].map(([contest, results]) => [contest, whole(results)]))
}

/** Until what runs often has been compiled, or for a minute at most. */
async function warmUp(load: () => Promise<{ answered: number }>) {
  const until = performance.now() + 60_000
  for (let answered = 0; answered < 1000 && performance.now() < until; ) answered += (await load()).answered
}

function whole({ limit, postgraphile, lethe }: Partial<Record<Contender, Result>>): Record<Contender, Result> {
  if (!limit || !postgraphile || !lethe) throw new Error('a contender is missing')
  return { limit, postgraphile, lethe }
}

async function withRunning(contender: Contender, world: World, use: (running: Running) => Promise<void>) {
  const running = await start(contender, world)
  try {
    await use(running)
  } finally {
    await running.stop()
  }
}

const requestOf = ({ path, headers, body }: Question) => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

function ask({ certificate }: World, { url }: Running, question: Question): Promise<Answer> {
  const { body, ...options } = requestOf(question)
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${question.path}`, { ...options, ca: certificate.cert }, (response) => {
      json(response).then(resolve, reject)
    })
    sent.on('error', reject).end(body.replaceAll('{{uuid}}', () => crypto.randomUUID()))
  })
}

type Loaded = Omit<Result, 'cpu'> & { failed: number }

/** By another process, so that asking and answering don't wait for each other. */
async function loaded(
  { certificate }: World,
  { url }: Running,
  questions: readonly Question[],
  options: { seconds: number; connections: number },
): Promise<Loaded> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.js')], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ url, ca: certificate.cert, ...options, requests: questions.map(requestOf) }))
  return JSON.parse(await text(child.stdout))
}
