import type { Module } from '../module.ts'
import type { ActionDeclaration, EventDeclaration, FactDeclaration } from './contract.ts'

/** All that modules offer to rules, by name. */
export type AllOffers = {
  events: ReadonlyMap<string, EventDeclaration>
  facts: ReadonlyMap<string, FactDeclaration>
  actions: ReadonlyMap<string, ActionDeclaration>
}

/** Gathers it. */
export function offersOf(modules: readonly Module[]): AllOffers {
  return {
    events: gathered(modules, ({ events }) => events, true),
    facts: gathered(modules, ({ facts }) => facts, false),
    actions: gathered(modules, ({ actions }) => actions, true),
  }
}

function gathered<Offer>(
  modules: readonly Module[],
  offersIn: (module: Module) => Readonly<Record<string, Offer>> | undefined,
  prefixed: boolean,
): ReadonlyMap<string, Offer> {
  const all = new Map<string, Offer>()
  for (const module of modules) {
    for (const [name, offer] of Object.entries(offersIn(module) ?? {})) {
      if (prefixed && !name.startsWith(`${module.name}.`)) {
        throw new Error(`The module ${module.name} offers ${name} to rules, which does not begin with its name.`)
      }
      if (all.has(name)) throw new Error(`The module ${module.name} offers ${name} to rules, which is there already.`)
      all.set(name, offer)
    }
  }
  return all
}
