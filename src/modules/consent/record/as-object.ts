import type { JsonObject } from '../../../database/json.ts'

/** As it is written in JSON: moments as ISO 8601. */
export const asAnObject = (value: object): JsonObject => JSON.parse(JSON.stringify(value))
