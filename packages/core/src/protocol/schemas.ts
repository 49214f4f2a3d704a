export { downSchemas } from './down.schema.ts'
export { upSchemas } from './up.schema.ts'
