import { onTestFinished } from 'vitest'
import { createDataService, type Adapter, type DataService } from '@wherry/core'
import { memory } from '@wherry/core/memory'
import { createGateway, type Gateway } from '../../src/index.ts'
import { FakeRuntime } from '../../../core/test/support/fake-runtime.ts'
import { schema } from './fixture-schema.ts'
import { TestClient } from './test-client.ts'

export interface Fixture {
  readonly data: DataService<typeof schema>
  readonly gateway: Gateway
  readonly runtime: FakeRuntime
  /** What `onError` was told. A test that expects nothing finds nothing. */
  readonly errors: unknown[]
  /** A client that has said nothing yet. */
  connect(): TestClient
  /** A client that has been welcomed. */
  open(): Promise<TestClient>
}

export interface FixtureOptions {
  readonly adapter?: Adapter
  readonly isConnected?: boolean
}

/** A gateway over a memory database, in time that stands still. */
export async function serve(options: FixtureOptions = {}): Promise<Fixture> {
  const { adapter = memory(), isConnected = true } = options
  const runtime = new FakeRuntime()
  const data = createDataService({ schema, databases: [adapter], runtime })
  if (isConnected) await data.connect()
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const gateway = createGateway({ data, policies: 'open', onError })
  onTestFinished(async () => {
    await runtime.drive(gateway.stop())
    await data.close()
  })
  const connect = () => new TestClient(gateway)
  const open = async () => {
    const client = connect()
    client.say({ type: 'hello', version: 1 })
    await client.hear('welcome')
    return client
  }
  return { data, gateway, runtime, errors, connect, open }
}

/** The same object, but for some of its members. */
export function altered<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T]
      const member: unknown = target[name as keyof T]
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** A promise, and what settles it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
