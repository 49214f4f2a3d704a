export type {
  AggregatePlan,
  Assignment,
  DeletePlan,
  Filter,
  FindPlan,
  InsertPlan,
  Measure,
  MeasureFunction,
  OrderTerm,
  Plan,
  ReadPlan,
  Test,
  TestOperator,
  UpdatePlan,
  UpsertPlan,
  WritePlan,
} from './ast.ts'
export { evaluateAggregate, floatResult, wholeResult } from './aggregate.ts'
export {
  callMethods,
  readMethods,
  writeMethods,
  type CallMethod,
  type Conversion,
  type ReadMethod,
  type WriteMethod,
} from './calls.ts'
export { decodeResults, encodeArguments } from './conversions.ts'
export { decodeCursor, encodeCursor } from './cursor.ts'
export { compileFilter, evaluateFind, identity, identityOf, type Predicate } from './evaluate.ts'
export { findIncluding } from './include.ts'
export { normalForm } from './normal-form.ts'
export { parseOrder, placeAmong, rowComparator, valueComparator } from './order.ts'
export { maxTests, parseFilter, type Logic } from './parse-filter.ts'
export {
  countAsAggregate,
  planAggregate,
  planCount,
  type PlannedAggregate,
} from './plan-aggregate.ts'
export { keyFilter, planFind, planFindOne, planGet } from './plan-find.ts'
export {
  planDelete,
  planDeleteMany,
  planInsert,
  planUpdate,
  planUpdateMany,
  planUpsert,
  type WriteContext,
} from './plan-write.ts'
export { isSameRow } from './same-row.ts'
export { metaOf, remember, type ReadMeta } from './read-meta.ts'
