import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@wherry/core/schema'
import { exec, root } from '../../../scripts/lib/exec.ts'
import { loadPeer } from '../../lib/peers.ts'
import { Unavailable } from '../engine.ts'
import { complete } from '../rows.ts'
import type { Emotion } from '../schema.ts'
import type { Subject } from '../subject.ts'
import { rangeSize } from '../workload.ts'

/** A row as Prisma reads it. */
interface Stored extends Omit<Emotion, 'intensity' | 'confidence' | 'data' | 'version'> {
  intensity: bigint
  confidence: { toFixed(digits: number): string }
  data: unknown
  version: bigint
}

/** The parts of the client that are used, by shape, because it is generated. */
interface PrismaClient {
  emotion: {
    findUnique(query: object): Promise<Stored | null>
    findMany(query: object): Promise<Stored[]>
    create(query: { data: object }): Promise<Stored>
    createMany(query: { data: readonly object[] }): Promise<unknown>
    update(query: object): Promise<Stored>
  }
  $disconnect(): Promise<void>
}

export interface PrismaEngine {
  readonly provider: 'postgresql' | 'mysql'
  /** The types of columns that are not the provider's own choice. */
  readonly types: { readonly text: string; readonly time: string; readonly json: string }
  /** JSON as it is given to Prisma and comes from it. */
  readonly json: { write(value: Json): unknown; read(stored: unknown): NonNullable<Json> }
  adapter(): Promise<object>
}

export async function openPrisma(engine: PrismaEngine): Promise<Subject> {
  const path = await generateClient(engine)
  const { PrismaClient: Client } = await loadPeer<{
    PrismaClient: new (options: object) => PrismaClient
  }>(path)
  const client = new Client({ adapter: await engine.adapter() })
  const { emotion } = client
  const { json } = engine

  const fromStored = (row: Stored): Emotion => ({
    ...row,
    intensity: Number(row.intensity),
    confidence: row.confidence.toFixed(2),
    data: json.read(row.data),
    version: Number(row.version),
  })
  const toStored = (row: Emotion) => ({ ...row, data: json.write(row.data) })

  return {
    name: 'prisma',
    async point(id) {
      const row = await emotion.findUnique({ where: { id } })
      return row === null ? null : fromStored(row)
    },
    async range100(userId) {
      const orderBy = [{ createdAt: 'desc' }, { id: 'asc' }]
      const rows = await emotion.findMany({ where: { userId }, orderBy, take: rangeSize })
      return rows.map(fromStored)
    },
    insert: async (input) => fromStored(await emotion.create({ data: toStored(complete(input)) })),
    async batch100(inputs) {
      const rows = inputs.map(complete)
      await emotion.createMany({ data: rows.map(toStored) })
      return rows
    },
    async update(id, { intensity, note }) {
      const data = { intensity, note, updatedAt: new Date(), version: { increment: 1 } }
      return fromStored(await emotion.update({ where: { id }, data }))
    },
    close: () => client.$disconnect(),
  }
}

/** Generates the client into a folder; returns the path to import it by. */
async function generateClient({ provider, types }: PrismaEngine): Promise<string> {
  const folder = join(root, 'bench', '.cache', 'prisma', provider)
  mkdirSync(folder, { recursive: true })
  const schema = join(folder, 'schema.prisma')
  writeFileSync(schema, schemaText(provider, types))
  const cli = join(root, 'bench', 'node_modules', 'prisma', 'build', 'index.js')
  const { ok, output } = await exec(process.execPath, [cli, 'generate', '--schema', schema], {
    env: {
      // The engine that changes schemas is downloaded unless it is said where it is. Generating a
      // client does not run it.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
  if (!ok) throw new Unavailable(`Prisma's client could not be generated:\n${output}`)
  return join(folder, 'client', 'index.js')
}

function schemaText(
  provider: PrismaEngine['provider'],
  { text, time, json }: PrismaEngine['types'],
): string {
  return `generator client {
  provider = "prisma-client-js"
  output   = "./client"
}

datasource db {
  provider = "${provider}"
}

model Emotion {
  id         String   @id
  userId     String   @map("user_id")
  kind       String
  intensity  BigInt
  confidence Decimal  @db.Decimal(5, 2)
  note       String?  ${text}
  active     Boolean
  data       ${json}
  createdAt  DateTime @map("created_at") ${time}
  updatedAt  DateTime @map("updated_at") ${time}
  version    BigInt

  @@map("emotions")
}
`
}
