import { expect, test } from 'vitest'
import { collection, defineSchema, t } from '../../src/schema/index.ts'
import { errorOf } from '../support/errors.ts'

const schema = defineSchema({
  users: collection({ id: t.id(), name: t.text() }),
  groups: collection({ id: t.id(), ownerId: t.ref('users').nullable() }),
  members: collection({ userId: t.ref('users'), groupId: t.ref('groups') }).key(
    'userId',
    'groupId',
  ),
  days: collection({ day: t.date() }).key('day'),
  visits: collection({ id: t.id(), day: t.date(), price: t.decimal(5, 2) }),
})

test('relations of all three kinds are declared by the fields that hold keys', () => {
  const related = schema.relations((of) => ({
    users: {
      groups: of.users.hasManyThrough('groups', {
        through: 'members',
        field: 'userId',
        toField: 'groupId',
      }),
      owned: of.users.hasMany('groups', 'ownerId'),
    },
    groups: { owner: of.groups.belongsTo('users', 'ownerId') },
    visits: { onDay: of.visits.belongsTo('days', 'day') },
  }))
  const { users, groups, members, visits, days } = Object.fromEntries(
    related.definition.collections,
  )
  const owned = users!.relations.get('groups')!
  expect(owned).toMatchObject({ name: 'groups', kind: 'hasManyThrough' })
  expect(owned.to).toBe(groups)
  expect(owned.field).toBe(members!.fields.get('userId'))
  expect(owned.through!.collection).toBe(members)
  expect(owned.through!.toField).toBe(members!.fields.get('groupId'))
  expect(users!.relations.get('owned')!.field).toBe(groups!.fields.get('ownerId'))
  expect(groups!.relations.get('owner')!.to).toBe(users)
  const onDay = visits!.relations.get('onDay')!
  expect(onDay).toMatchObject({ name: 'onDay', kind: 'belongsTo' })
  expect(onDay.to).toBe(days)
  expect(onDay.field).toBe(visits!.fields.get('day'))
})

test('declaring relations leaves the schema without them as it was', () => {
  const related = schema.relations((of) => ({
    groups: { owner: of.groups.belongsTo('users', 'ownerId') },
  }))
  expect(schema.definition.collections.get('groups')!.relations.size).toBe(0)
  expect(related.definition.collections.get('groups')!.relations.size).toBe(1)
  expect(related.definition.hash).not.toBe(schema.definition.hash)
})

type Loose = Record<string, Record<string, (...names: unknown[]) => unknown>>
const relate = (build: (of: Loose) => unknown) => () => schema.relations(build as never)

const refusals: readonly [what: string, make: () => unknown, words: string][] = [
  ['no function', () => schema.relations({} as never), 'takes a function'],
  ['a function of nothing', relate(() => undefined), 'needs an object of relations'],
  ['an unknown collection', relate(() => ({ user: {} })), "names 'user', which is no collection"],
  ['relations that are no object', relate(() => ({ users: 1 })), "of 'users' needs an object"],
  ['a relation made by hand', relate(() => ({ users: { a: {} } })), 'make one with of.users'],
  ['a relation that is null', relate(() => ({ users: { a: null } })), 'make one with of.users'],
  [
    'a relation of another collection',
    relate((of) => ({ users: { a: of.groups!.belongsTo!('users', 'ownerId') } })),
    'is no relation of it',
  ],
  [
    'a relation named like a field',
    relate((of) => ({ users: { name: of.users!.hasMany!('groups', 'ownerId') } })),
    'rename the relation',
  ],
  [
    'a relation named NOT',
    relate((of) => ({ users: { NOT: of.users!.hasMany!('groups', 'ownerId') } })),
    'which joins filters',
  ],
  [
    'a relation to nowhere',
    relate((of) => ({ users: { a: of.users!.hasMany!('group', 'ownerId') } })),
    'there are users, groups, members, days, visits',
  ],
  [
    'a relation of nowhere',
    relate((of) => ({ users: { a: of.user!.hasMany!('groups', 'ownerId') } })),
    'asks for of.user, which is no collection; there are users, groups, members, days, visits',
  ],
  [
    'a relation through nothing',
    relate((of) => ({ users: { a: of.users!.hasManyThrough!('groups') } })),
    'hasManyThrough() takes an object such as { through, field, toField }, got undefined',
  ],
  [
    'a misspelt option',
    relate((of) => ({ users: { a: of.users!.hasManyThrough!('groups', { thru: 'members' }) } })),
    "hasManyThrough() has no option 'thru'; it has 'through', 'field', 'toField'",
  ],
  [
    'a misspelt field',
    relate((of) => ({ users: { a: of.users!.hasMany!('groups', 'userId') } })),
    "no field of 'groups'; it has id, ownerId",
  ],
  [
    'a field that refers elsewhere',
    relate((of) => ({ groups: { a: of.groups!.hasMany!('groups', 'ownerId') } })),
    "declare it as t.ref('groups')",
  ],
  [
    'a field of another kind',
    relate((of) => ({ users: { a: of.users!.hasMany!('visits', 'day') } })),
    "does not hold the key of 'users'",
  ],
  [
    'a key of several fields',
    relate((of) => ({ users: { a: of.users!.belongsTo!('members', 'name') } })),
    'whose key has several fields',
  ],
]

test.each(refusals)('%s is refused', (_, make, words) => {
  const error = errorOf(make)
  expect(error.code).toBe('InvalidSchema')
  expect(error.message).toContain(words)
})

test('relations are declared in one call', () => {
  const related = schema.relations(() => ({ users: {} }))
  const again = related as unknown as typeof schema
  expect(errorOf(() => again.relations(() => ({}))).message).toContain('in one call')
})
