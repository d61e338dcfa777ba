import type { Builder } from '../../../graphql/builder.ts'
import type { DeclaredRights } from '../access/right-names.ts'
import { addClientMutations } from './client-mutations.ts'
import { addKeyMutations } from './key-mutations.ts'
import { addScopeMutations } from './scope-mutations.ts'
import { addClientTypes } from './types.ts'

/** Adds the programs that call on their own behalf, with their scopes and keys. */
export function addClients(builder: Builder, declared: DeclaredRights): void {
  const types = addClientTypes(builder)
  addClientMutations(builder, types)
  addScopeMutations(builder, types, declared)
  addKeyMutations(builder, types)
}
