import { findIana } from 'windows-iana'
import type { Fault } from '../../../graphql/errors.ts'
import { checkTimeZone } from '../../contacts/check-values.ts'
import type { Component } from './components.ts'

/** What the names of time zones mean that a calendar refers to. */
export type Zones = {
  /** Takes in a `VTIMEZONE`. */
  learn: (component: Component) => void
  /** The IANA name; undefined if nobody knows it. */
  find: (name: string) => string | undefined
}

/**
 * IANA names, those of Windows, and what a calendar explains. The rules that it brings are passed over: everybody has the same
 * ones, and some programs write wrong ones.
 */
export function newZones(): Zones {
  const explained = new Map<string, string>()
  return {
    learn({ properties }) {
      const value = (name: string) => properties.find((property) => property.name === name)?.value.trim()
      const [name, location] = [value('TZID'), value('X-LIC-LOCATION')]
      if (name && location && explained.size < 500) explained.set(name, location)
    },
    find: (name) => {
      // Some put a path of their own before it: `/mozilla.org/20050126_1/Europe/Berlin`.
      const tail = /([A-Za-z_]+\/(?:[A-Za-z_+-]+\/)?[A-Za-z0-9_+-]+)$/.exec(name)?.[1]
      const candidates = [name, explained.get(name), tail, findIana(name)[0]]
      for (const candidate of candidates) {
        const found = candidate && known(candidate)
        if (found) return found
      }
      return undefined
    },
  }
}

function known(name: string): string | undefined {
  const faults: Fault[] = []
  return checkTimeZone(name, '', faults) || undefined
}
