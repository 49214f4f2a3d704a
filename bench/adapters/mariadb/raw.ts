import { columnNames, complete } from '../rows.ts'
import type { Emotion } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { batchSize } from '../workload.ts'
import { codec } from './columns.ts'
import { connect } from './driver.ts'

const columns = columnNames.join(', ')
const slots = `(${columnNames.map(() => '?').join(', ')})`

const insertSql = `insert into emotions (${columns}) values ${slots}`
const batchSql = `insert into emotions (${columns}) values ${Array(batchSize).fill(slots).join()}`
const pointSql = `select ${columns} from emotions where id = ?`
const rangeSql = `select ${columns} from emotions where user_id = ?
  order by created_at desc, id limit 100`
const updateSql = `update emotions set intensity = ?, note = ?, updated_at = ?,
  version = version + 1 where id = ?`

/** The mariadb connector as it is used well by hand: prepared statements, rows mapped by plain code. */
export async function openRaw(url: string): Promise<Subject> {
  const connection = await connect(url)

  async function rowsOf(sql: string, values: unknown[]): Promise<Emotion[]> {
    const rows = (await connection.execute(sql, values)) as object[]
    return rows.map(codec.fromStored)
  }

  return {
    name: 'raw',
    point: async (id) => (await rowsOf(pointSql, [id]))[0] ?? null,
    range100: (userId) => rowsOf(rangeSql, [userId]),
    async insert(input) {
      const row = complete(input)
      await connection.execute(insertSql, valuesOf(row))
      return row
    },
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await connection.execute(batchSql, rows.flatMap(valuesOf))
      return rows
    },
    // MariaDB's updates return nothing. The four are sent at once; only the second can fail, and
    // then there is nothing to roll back.
    async update(id, { intensity, note }) {
      const [, , [row]] = await Promise.all([
        connection.query('start transaction'),
        connection.execute(updateSql, [intensity, note, new Date(), id]),
        rowsOf(pointSql, [id]),
        connection.query('commit'),
      ])
      return row!
    },
    close: () => connection.end(),
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
    row.createdAt,
    row.updatedAt,
    row.version,
  ]
}
