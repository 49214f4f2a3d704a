import { describe, expect, it } from 'vitest'
import { askDeployment } from '../../../src/adapters/mongodb/deployment.ts'
import type { Database, Document } from '../../../src/adapters/mongodb/driver.ts'
import { rejectionOf } from '../../support/errors.ts'

function answering(hello: Document, buildInfo: Document): Database {
  const command = async (asked: Document) => ('hello' in asked ? hello : buildInfo)
  return { command } as Partial<Database> as Database
}

const mongodb = { version: '8.0.4', modules: [] }

describe('a deployment', () => {
  it.for<[what: string, hello: Document, build: Document, isReplicated: boolean, has: boolean]>([
    ['a member of a replica set', { setName: 'rs0' }, mongodb, true, true],
    ['a server that stands alone', {}, mongodb, false, true],
    ['an old one that stands alone', {}, { version: '5.0.9' }, false, true],
    ['FerretDB', {}, { version: '7.0.42', ferretdbVersion: 'v1.24.2' }, false, false],
    [
      'FerretDB under the name of a replica set',
      { setName: 'rs0' },
      { version: '7.0.42', ferretdbVersion: 'v1.24.2' },
      false,
      false,
    ],
  ])('may be %s', async ([, hello, build, isReplicated, hasExpressions]) => {
    expect(await askDeployment(answering(hello, build))).toEqual({ isReplicated, hasExpressions })
  })

  it.for<[what: string, hello: Document, version: string, message: RegExp]>([
    ['the router of a sharded cluster', { msg: 'isdbgrid' }, '8.0.4', /use a replica set/],
    ['an old replica set', { setName: 'rs0' }, '5.0.9', /5\.0\.9.*use MongoDB 6\.0/],
  ])('is refused where it is %s', async ([, hello, version, message]) => {
    const error = await rejectionOf(() => askDeployment(answering(hello, { version })))
    expect(error).toMatchObject({ code: 'Unsupported' })
    expect(error.message).toMatch(message)
  })
})
