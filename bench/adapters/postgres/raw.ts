import type { Json } from '@wherry/core/schema'
import { columnNames, complete } from '../rows.ts'
import type { Emotion, Kind } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { connect, openPool, type PgPool } from './driver.ts'

const columns = columnNames.join(', ')

/** The columns of a row as texts, the way they come from the server. */
type Texts = [string, string, Kind, string, string, string | null, 't' | 'f', ...string[]]

function fromTexts(row: Texts): Emotion {
  return {
    id: row[0],
    userId: row[1],
    kind: row[2],
    intensity: Number(row[3]),
    confidence: row[4],
    note: row[5],
    active: row[6] === 't',
    data: JSON.parse(row[7]!) as NonNullable<Json>,
    createdAt: new Date(row[8]!),
    updatedAt: new Date(row[9]!),
    version: Number(row[10]),
  }
}

function valuesOf(row: Emotion): unknown[] {
  return [
    row.id,
    row.userId,
    row.kind,
    row.intensity,
    row.confidence,
    row.note,
    row.active,
    JSON.stringify(row.data),
    row.createdAt.toISOString(),
    row.updatedAt.toISOString(),
    row.version,
  ]
}

/** pg converts no value, which is work that `fromTexts` does in less time. */
const types = { getTypeParser: () => (text: string) => text }

/** pg as it is used well by hand: named prepared statements, rows as arrays, mapped by plain code. */
export async function openRaw(url: string): Promise<Subject> {
  const client = await connect(url)
  const write = (name: string, text: string, values: unknown[]) =>
    client.query({ name, text, values })

  return {
    name: 'raw',
    point: (id) => point(client, id),
    async range100(userId) {
      const text = `select ${columns} from emotions where user_id = $1
        order by created_at desc, id limit 100`
      return rowsOf(client, 'range', text, [userId])
    },
    async insert(input) {
      const row = complete(input)
      const text = `insert into emotions (${columns})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
      await write('insert', text, valuesOf(row))
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      const text = `insert into emotions (${columns}) select * from unnest(
        $1::text[], $2::text[], $3::text[], $4::int8[], $5::numeric[], $6::text[], $7::bool[],
        $8::jsonb[], $9::timestamptz[], $10::timestamptz[], $11::int8[])`
      const values = rows.map(valuesOf)
      await write(
        'batch',
        text,
        columnNames.map((_, column) => values.map((row) => row[column])),
      )
      return rows
    },
    async update(id, { intensity, note }) {
      const text = `update emotions set intensity = $1, note = $2, updated_at = $3,
        version = version + 1 where id = $4 returning ${columns}`
      const now = new Date().toISOString()
      const [row] = await rowsOf(client, 'update', text, [intensity, note, now, id])
      return row!
    },
    close: () => client.end(),
  }
}

/** A pool of named statements, which as many callers may use at once as it has connections. */
export async function openRawPool(url: string, max: number) {
  const pool = await openPool(url, max)
  return {
    name: 'raw',
    point: (id: string) => point(pool, id),
    close: () => pool.end(),
  }
}

async function point(client: PgPool, id: string): Promise<Emotion | null> {
  const text = `select ${columns} from emotions where id = $1`
  const [row] = await rowsOf(client, 'point', text, [id])
  return row ?? null
}

async function rowsOf(
  client: PgPool,
  name: string,
  text: string,
  values: unknown[],
): Promise<Emotion[]> {
  const { rows } = await client.query({ name, text, values, rowMode: 'array', types })
  return (rows as Texts[]).map(fromTexts)
}
