import { expectTypeOf, test } from 'vitest'
import { data } from './schema.ts'

test('a group has its fields and its measures', async () => {
  const groups = await data.emotions.aggregate({
    where: { active: true },
    groupBy: ['kind', 'note'],
    measures: {
      n: 'count',
      level: { sum: 'level' },
      total: { sum: 'total' },
      confidence: { sum: 'confidence' },
      mean: { avg: 'total' },
      first: { min: 'kind' },
      last: { max: 'createdAt' },
    },
    having: { n: { gt: 1 }, kind: { in: ['sad'] }, mean: { lt: 2.5 }, last: { gt: new Date(0) } },
    orderBy: [{ n: 'desc' }, { kind: 'asc' }],
    limit: 5,
    offset: 1,
  })
  expectTypeOf(groups).toEqualTypeOf<
    {
      kind: 'happy' | 'sad' | 'calm'
      note: string | null
      n: number
      level: number | null
      total: bigint | null
      confidence: string | null
      mean: number | null
      first: 'happy' | 'sad' | 'calm' | null
      last: Date | null
    }[]
  >()
})

test('without groups there are measures only', async () => {
  const rows = await data.emotions.aggregate({ measures: { n: 'count' } })
  expectTypeOf(rows).toEqualTypeOf<{ n: number }[]>()
})

test('a measure is one function of a field that it can measure', async () => {
  // @ts-expect-error there is no such function
  await data.emotions.aggregate({ measures: { n: 'cont' } })
  // @ts-expect-error nor this
  await data.emotions.aggregate({ measures: { n: { median: 'level' } } })
  // @ts-expect-error two functions are two measures
  await data.emotions.aggregate({ measures: { n: { min: 'level', max: 'level' } } })
  // @ts-expect-error there is no such field
  await data.emotions.aggregate({ measures: { n: { sum: 'levl' } } })
  // @ts-expect-error texts do not add up
  await data.emotions.aggregate({ measures: { n: { sum: 'note' } } })
  // @ts-expect-error neither do moments
  await data.emotions.aggregate({ measures: { n: { avg: 'createdAt' } } })
  // @ts-expect-error true and false have no greatest
  await data.emotions.aggregate({ measures: { n: { max: 'active' } } })
  // @ts-expect-error arrays make no groups
  await data.emotions.aggregate({ groupBy: ['tags'], measures: { n: 'count' } })
  // @ts-expect-error measures are needed
  await data.emotions.aggregate({ groupBy: ['kind'] })
})

test('a measure has a name of its own', async () => {
  // @ts-expect-error a group has a field of that name
  await data.emotions.aggregate({ groupBy: ['kind'], measures: { kind: 'count' } })
  // @ts-expect-error having could not tell it from its own
  await data.emotions.aggregate({ measures: { AND: 'count' } })
  // @ts-expect-error likewise
  await data.emotions.aggregate({ measures: { n: 'count', NOT: { max: 'level' } } })
  await data.emotions.aggregate({ groupBy: ['kind'], measures: { level: { max: 'level' } } })
})

test('having and orderBy take what the result has', async () => {
  // @ts-expect-error there is no such measure
  await data.emotions.aggregate({ measures: { n: 'count' }, having: { m: 1 } })
  // @ts-expect-error a count is a number
  await data.emotions.aggregate({ measures: { n: 'count' }, having: { n: { gt: '1' } } })
  // @ts-expect-error not grouped by it
  await data.emotions.aggregate({ measures: { n: 'count' }, having: { kind: 'sad' } })
  // @ts-expect-error there is no such measure
  await data.emotions.aggregate({ measures: { n: 'count' }, orderBy: { m: 'asc' } })
  // @ts-expect-error not grouped by it
  await data.emotions.aggregate({ measures: { n: 'count' }, orderBy: { kind: 'asc' } })
  await data.emotions.aggregate({
    groupBy: ['kind'],
    measures: { n: 'count', most: { max: 'level' } },
    having: { OR: [{ n: { gt: 1 } }, { NOT: { most: null } }, { kind: 'sad' }] },
  })
})

test('a live count tells a number, a live aggregate the groups', () => {
  data.emotions.liveCount({ where: { active: true } }).subscribe((event) => {
    if (event.status === 'live') expectTypeOf(event.value).toEqualTypeOf<number>()
    else expectTypeOf(event.value).toEqualTypeOf<number | undefined>()
  })
  data.emotions
    .liveAggregate({ groupBy: ['kind'], measures: { last: { max: 'createdAt' } } })
    .subscribe((event) => {
      if (event.status !== 'live') return
      expectTypeOf(event.value).toEqualTypeOf<
        readonly { kind: 'happy' | 'sad' | 'calm'; last: Date | null }[]
      >()
    })
  // @ts-expect-error a count has no limit
  data.emotions.liveCount({ limit: 1 })
  // @ts-expect-error there is no such field
  data.emotions.liveAggregate({ measures: { n: { max: 'levl' } } })
  data.emotions.explainLive({ measures: { n: 'count' } })
})
