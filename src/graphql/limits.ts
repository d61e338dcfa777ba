import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth'
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives'
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens'
import { type GraphQLError, getNamedType, isIntrospectionType, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Exchange } from '../http/exchange.ts'
import { type Costs, createCosts, useCostLimit } from './cost.ts'
import { LetheError } from './errors.ts'

/** How large an operation may be. */
export const limits = {
  /** Levels of fields; a connection takes three of them. */
  depth: 12,
  aliases: 100,
  directives: 50,
  /** Words and signs of the text; it bounds the work of reading and checking it. */
  tokens: 5000,
  /**
   * One for a scalar, two for an object, half as much again for each level, times `first` or `last`. A page of 500
   * contacts with all their fields and lists costs about 150,000; 500 times 500 of anything costs two million or more.
   */
  cost: 1_000_000,
} as const

/** Refuses operations that are larger than the limits, with LIMIT_EXCEEDED. */
export function useLimits(costs: Costs): (Plugin | Plugin<Exchanging> | Plugin<Exchanging, Exchanging>)[] {
  const common = { onReject: [(_context: unknown, error: GraphQLError) => refuse(error)] }
  return [
    maxTokensPlugin({ ...common, n: limits.tokens }),
    maxDepthPlugin({ ...common, n: limits.depth }),
    // By default it would not count __typename, and 5000 of these are as large an answer as of any other field.
    maxAliasesPlugin({ ...common, n: limits.aliases, allowList: [] }),
    maxDirectivesPlugin({ ...common, n: limits.directives }),
    useCostLimit(costs),
    useGuardedIntrospection(),
  ]
}

/** What operations cost, with LIMIT_EXCEEDED for those that cost too much. */
export const limitedCosts = (): Costs => createCosts(limits.cost, refuse)

type Exchanging = { exchange: Exchange }

function refuse(error: GraphQLError): never {
  throw new LetheError(
    'LIMIT_EXCEEDED',
    `${error.message.replace(/^Syntax Error: /, '')} Ask in several smaller parts.`,
  )
}

/** Shows the schema to users who are signed in, and to nobody else: the key of a client may stand in a page for everybody. */
function useGuardedIntrospection(): Plugin<{ exchange: Exchange }> {
  return {
    onValidate({ context, addValidationRule }) {
      if (!seesSchema(context.exchange)) addValidationRule(noIntrospection)
    },
  }
}

/** Whether the schema is shown to whoever calls: it decides which operations are valid. */
export const seesSchema = ({ caller }: Exchange): boolean => caller?.actor.kind === 'user'

// The name matters: what validation found is remembered by the names of its rules.
function noIntrospection(context: ValidationContext) {
  return {
    Field() {
      const type = context.getType()
      if (!type || !isIntrospectionType(getNamedType(type))) return
      context.reportError(new LetheError('UNAUTHENTICATED', 'The schema is shown to those who are signed in.'))
    },
  }
}
