import { parser } from '@prometheus-io/lezer-promql'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import dashboard from '../../src/http/metrics/dashboard.json' with { type: 'json' }
import { processMetrics } from '../../src/processes/metrics.ts'
import { startTestApp } from '../support/app.ts'
import { lethe } from '../support/lethe.ts'

let page = ''

beforeAll(async () => {
  const server = await startTestApp()
  await server.graphql('query Desk { __typename }', {}, await server.signIn())
  await server.graphql('{ nonsense')
  const ofOne = await (await server.app.fetch(new Request(`${server.url}/metrics`))).text()
  page = `${ofOne}\n${await processMetrics().registry.metrics()}`
  await server.close()
})

const queries = dashboard.panels.flatMap(({ title, targets }) => (targets ?? []).map(({ expr }) => ({ title, expr })))

/** What stands in an expression at nodes of this name. */
function named(expr: string, name: string) {
  const found: string[] = []
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.name === name) found.push(expr.slice(node.from, node.to))
    },
  })
  return found
}

// What Grafana puts in their place.
const filled = (expr: string) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*')

describe('the dashboard', () => {
  test('is printed by a command', async () => {
    const { code, stdout } = await lethe(['dashboard'], {}).done
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(dashboard)
  })

  test.each(queries)('asks for what there is: $title', ({ expr }) => {
    const asked = filled(expr)
    expect(named(asked, '⚠')).toEqual([])
    const metrics = named(asked, 'Identifier')
    expect(metrics.length).toBeGreaterThan(0)
    for (const metric of metrics) {
      const base = metric.replace(/_(bucket|count|sum)$/, '')
      expect(page).toMatch(new RegExp(`^# TYPE (${metric} (gauge|counter)|${base} histogram)$`, 'm'))
      const sample = new RegExp(`^${metric}(\\{.*\\})? `, 'm').exec(page)?.[0]
      // Of backups and replicas is only told where there are to be some.
      if (!/^lethe_(backup|replica)/.test(metric)) expect(sample).toBeDefined()
      for (const label of [...named(asked, 'LabelName')].filter((one) => one !== 'instance')) {
        if (sample) expect(sample).toContain(`${label}="`)
      }
    }
  })

  test('shows all that is measured of the product', () => {
    const measured = [...page.matchAll(/^# TYPE ((?:lethe|graphql|http)_\w+) /gm)].map(([, name]) => name ?? '')
    expect(measured.length).toBeGreaterThan(15)
    const all = queries.map(({ expr }) => expr).join(' ')
    expect(measured.filter((name) => !all.includes(name))).toEqual([])
  })

  test('is one that Grafana can read', () => {
    const validate = new Ajv({ allErrors: true }).compile(shape)
    expect(validate(dashboard) ? [] : validate.errors).toEqual([])
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { gridPos, targets } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length ?? 0)
      // Each has its place for itself.
      const over = panels.filter(
        ({ gridPos: other }) =>
          gridPos.x < other.x + other.w &&
          other.x < gridPos.x + gridPos.w &&
          gridPos.y < other.y + other.h &&
          other.y < gridPos.y + gridPos.h,
      )
      expect(over.length).toBe(1)
    }
  })
})

// The classic model, which every Grafana since 10 imports: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
const text = { type: 'string' }
const source = {
  type: 'object',
  required: ['type', 'uid'],
  properties: { type: { const: 'prometheus' }, uid: { const: '$' + '{datasource}' } },
}
const place = {
  type: 'object',
  required: ['h', 'w', 'x', 'y'],
  additionalProperties: false,
  properties: Object.fromEntries(['h', 'w', 'x', 'y'].map((name) => [name, { type: 'integer', minimum: 0 }])),
}
const target = {
  type: 'object',
  required: ['refId', 'datasource', 'expr', 'legendFormat'],
  properties: { refId: { type: 'string', pattern: '^[A-Z]$' }, datasource: source, expr: text, legendFormat: text },
}
const row = {
  type: 'object',
  required: ['id', 'type', 'title', 'collapsed', 'gridPos', 'panels'],
  properties: { type: { const: 'row' }, gridPos: place, collapsed: { const: false }, panels: { const: [] } },
}
const graph = {
  type: 'object',
  required: ['id', 'type', 'title', 'datasource', 'gridPos', 'fieldConfig', 'options', 'targets'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    type: { enum: ['timeseries', 'stat'] },
    title: text,
    datasource: source,
    gridPos: place,
    fieldConfig: {
      type: 'object',
      required: ['defaults', 'overrides'],
      properties: {
        // Names of units: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
        defaults: {
          type: 'object',
          required: ['unit'],
          properties: { unit: { enum: ['none', 'short', 's', 'reqps', 'bytes'] } },
        },
      },
    },
    targets: { type: 'array', minItems: 1, items: target },
  },
}
const shape = {
  type: 'object',
  required: ['uid', 'title', 'schemaVersion', 'panels', 'templating', 'time'],
  properties: {
    uid: { type: 'string', maxLength: 40 },
    title: text,
    schemaVersion: { type: 'integer', minimum: 36 },
    templating: {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name', 'type', 'query'],
            properties: { type: { enum: ['datasource', 'query'] } },
          },
        },
      },
    },
    panels: {
      type: 'array',
      minItems: 10,
      items: { anyOf: [row, graph] },
    },
  },
}
