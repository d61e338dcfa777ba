import type {
  FieldNullability,
  FieldRequiredness,
  InputFieldMap,
  InputType,
  SchemaTypes,
  TypeParam,
} from '@pothos/core'
import type { Auth, AuthByValue } from './directive.ts'
import type { AuthPlugin } from './plugin.ts'

// Where `auth` may stand: Pothos' options for types, fields, input fields and arguments.
declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      auth: AuthPlugin<Types>
    }

    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> {
      auth?: Auth
    }

    export interface InterfaceTypeOptions<Types extends SchemaTypes, Shape> {
      auth?: Auth
    }

    export interface InputObjectTypeOptions<Types extends SchemaTypes, Fields> {
      auth?: Auth
    }

    export interface FieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      auth?: Auth
      /** Of a mutation that is public: clients may call it, too, though it isn't about an account. */
      clients?: boolean
    }

    export interface InputFieldOptions<
      Types extends SchemaTypes,
      Type extends InputType<Types> | [InputType<Types>],
      Req extends FieldRequiredness<Type>,
    > {
      auth?: Auth
      /** The right that the value of this input names, such as a key, needed besides. */
      authByValue?: AuthByValue
    }
  }
}
