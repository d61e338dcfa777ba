import { EventEmitter, once } from 'node:events'
import type { Builder } from '../../src/graphql/builder.ts'
import { defineModule, type Module } from '../../src/modules/module.ts'

/** A module whose fields misbehave as a test wants, and tells when they are reached. */
export type Probe = {
  module: Module
  /** Settles when the field `wait` has been entered. */
  entered: () => Promise<unknown>
  /** Lets `wait` go on. */
  release: () => void
  /** How often `after`, behind `wait`, was resolved. */
  afterwards: () => number
}

/** Makes one. `fail` is thrown by the field `boom`. */
export function createProbe(fail: () => unknown = () => new Error('the password is hunter2')): Probe {
  const events = new EventEmitter()
  const entered = once(events, 'entered')
  const released = once(events, 'released')
  let count = 0
  const schema = (builder: Builder) => {
    const node = builder.objectRef<{ value: number }>('Probe')
    node.implement({
      description: 'A probe.',
      auth: 'public',
      fields: (t) => ({
        after: t.int({
          nullable: false,
          resolve: ({ value }) => {
            count++
            return value
          },
        }),
        self: t.field({ type: node, nullable: false, resolve: (parent) => parent }),
        many: t.field({
          type: [node],
          nullable: false,
          args: { first: t.arg.int() },
          resolve: (parent) => [parent],
        }),
      }),
    })
    builder.queryFields((t) => ({
      boom: t.string({
        auth: 'public',
        nullable: true,
        resolve: () => {
          throw fail()
        },
      }),
      wait: t.field({
        type: node,
        auth: 'public',
        nullable: true,
        resolve: async () => {
          events.emit('entered')
          await released
          return { value: 1 }
        },
      }),
      probe: t.field({ type: node, auth: 'public', nullable: false, resolve: () => ({ value: 1 }) }),
      day: t.string({
        auth: 'public',
        nullable: true,
        args: { on: t.arg({ type: 'Date', required: true }) },
        resolve: (_parent, { on }) => on.toISOString(),
      }),
    }))
  }
  return {
    module: defineModule({ name: 'probe', needs: [], rights: {}, personalData: 'none', schema }),
    entered: () => entered,
    release: () => events.emit('released'),
    afterwards: () => count,
  }
}
