import { isWherryError } from '../../src/errors/wherry-error.ts'
import type { Json } from '../../src/lib/json.ts'
import { callMethods, type CallMethod } from '../../src/query/calls.ts'
import {
  decodeArguments,
  decodeResults,
  encodeArguments,
  encodeResults,
} from '../../src/query/conversions.ts'
import type { AggregatePlan, Plan } from '../../src/query/ast.ts'
import {
  collection,
  defineSchema,
  descriptor,
  t,
  type AnySchema,
  type SchemaDescriptor,
} from '../../src/schema/index.ts'
import { fromDescriptor } from '../../src/schema/from-descriptor.ts'
import type { CollectionDefinition, Row } from '../../src/schema/definition.ts'
import { FakeRuntime } from '../support/fake-runtime.ts'
import { ScriptedAdapter } from '../support/scripted-adapter.ts'
import { connected } from '../support/service.ts'
import { schema as thingsSchema } from '../support/things.ts'

const notesSchema = defineSchema({
  notes: collection({
    id: t.id(),
    title: t.text({ maxLength: 10 }),
    rank: t.int().default(0),
    total: t.bigint().nullable(),
    price: t.decimal(5, 2).nullable(),
    share: t.float().nullable(),
    done: t.boolean().default(false),
    at: t.timestamp().nullable(),
    day: t.date().nullable(),
    photo: t.bytes().nullable(),
    mood: t.enum(['calm', 'sad']).nullable(),
    data: t.json().nullable(),
    tags: t.array(t.text()).nullable(),
    sums: t.array(t.bigint()).nullable(),
    photos: t.array(t.bytes()).nullable(),
    createdAt: t.createdAt(),
    updatedAt: t.updatedAt(),
    version: t.version(),
  }).unique('title'),
  /** With a key of several fields, of kinds that JSON does not have. */
  pairs: collection({
    total: t.bigint(),
    at: t.timestamp(),
    n: t.int().nullable(),
  }).key('total', 'at'),
})

const schemas = { things: thingsSchema, notes: notesSchema, pairs: notesSchema }
type Name = keyof typeof schemas

/** A collection as a server knows it, and as its client has been told of it. */
interface Ends {
  readonly server: CollectionDefinition
  readonly client: CollectionDefinition
}

export function endsOf(name: Name): Ends {
  const schema = schemas[name]
  const told = JSON.parse(JSON.stringify(descriptor(schema))) as SchemaDescriptor
  return {
    server: schema.definition.collections.get(name)!,
    client: fromDescriptor(told).get(name)!,
  }
}

/** The arguments of a call as they are behind the wire; throws what either end refuses. */
export function travelled({ client, server }: Ends, method: CallMethod, args: readonly unknown[]) {
  const sent = JSON.stringify(callMethods[method].args(encodeArguments, client, args))
  return callMethods[method].args(decodeArguments, server, JSON.parse(sent) as Json[])
}

/** What a call comes to, as it is before the wire. */
export function returned(
  { client, server }: Ends,
  method: CallMethod,
  args: readonly unknown[],
  result: unknown,
): unknown {
  const asked = JSON.parse(
    JSON.stringify(callMethods[method].args(encodeArguments, client, args)),
  ) as Json[]
  const answer = callMethods[method].result(encodeResults, server, result, asked)
  return callMethods[method].result(
    decodeResults,
    client,
    JSON.parse(JSON.stringify(answer)) as Json,
    args,
  )
}

/** What a service makes of a call: a code, or what it asks of its database. */
export type Outcome = { readonly code: string } | { readonly plans: readonly Plan[] }

/** Writes meet one row; what is measured is null. */
class EmptyAdapter extends ScriptedAdapter {
  override readonly rows = [{}]

  override async aggregate(plan: AggregatePlan): Promise<Row[]> {
    this.plans.push(plan)
    const fields = [...plan.groupBy, ...plan.measures]
    return [Object.fromEntries(fields.map(({ name }) => [name, null]))]
  }
}

interface Caller {
  (method: CallMethod, args: readonly unknown[]): Promise<Outcome>
}

interface Callers {
  /** Beside the service. */
  readonly local: Caller
  /** Over the wire. */
  readonly remote: Caller
  /** Over the wire, with JSON as arguments that no client of ours has made. */
  readonly raw: Caller
}

/** A service's answers to all who may call it. */
export async function callersOf(name: Name): Promise<Callers> {
  const adapter = new EmptyAdapter()
  const data = await connected<AnySchema>(schemas[name], adapter, { runtime: new FakeRuntime() })
  const handle = data.collection(name) as unknown as Readonly<
    Record<CallMethod, (...args: readonly unknown[]) => Promise<unknown>>
  >
  const ends = endsOf(name)
  const call = async (method: CallMethod, args: () => readonly unknown[]): Promise<Outcome> => {
    adapter.plans.length = 0
    try {
      await handle[method](...args())
    } catch (error) {
      if (!isWherryError(error)) throw error
      return { code: error.code }
    }
    return { plans: [...adapter.plans] }
  }
  return {
    local: (method, args) => call(method, () => args),
    remote: (method, args) => call(method, () => travelled(ends, method, args)),
    raw: (method, json) =>
      call(method, () => callMethods[method].args(decodeArguments, ends.server, json)),
  }
}
