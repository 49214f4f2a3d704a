import { createDataService, introspect } from '@wherry/core'
import { postgres } from '@wherry/core/postgres'
import { expect, it, onTestFinished } from 'vitest'
import { describePostgres, newDatabase, stranger } from './support/postgres.ts'

/** As an application without Wherry would make it. */
const shop = `
create type mood as enum ('sad', 'happy');
create table customers (
  id serial primary key, email varchar(255) collate "C" not null unique,
  name text collate "C" not null default 'it''s me', active boolean not null default true,
  seen timestamptz(3), at timestamptz, created timestamp not null default now(), mood mood, token uuid);
create table orders (
  id text collate "C" primary key, customer_id integer not null references customers on delete cascade,
  total numeric(10, 2) not null default 0, weight numeric, points bigint not null default -5,
  placed date, meta jsonb not null default '{"a": 1}', raw json, ratio double precision default 0.5,
  photo bytea, net numeric(10, 2) generated always as (total * 2) stored, tags text[] collate "C");
create table order_lines (
  order_id text collate "C" references orders (id), line smallint, note varchar(20) collate "C",
  primary key (order_id, line));
create index on orders (customer_id, placed desc);
create index on orders (lower(id));
create table audit (line text collate "C");
create table counters (id bigint generated always as identity primary key);
create table words (word text collate "und-x-icu" primary key);
create table required (id text collate "C" primary key, at time not null);
create view sums as select sum(total) from orders;
create materialized view kept as select 1;`

const source = `import { collection, defineSchema, t } from '@wherry/core/schema'

export const schema = defineSchema(
  {
    customers: collection({
      id: t.int(),
      email: t.text({ maxLength: 191 }),
      name: t.text().default("it's me"),
      active: t.boolean().default(true),
      seen: t.timestamp().nullable(),
    })
      .key('id')
      .unique('email'),
    orderLines: collection({
      orderId: t.ref('orders'),
      line: t.int(),
      note: t.text({ maxLength: 20 }).nullable(),
    }).key('orderId', 'line'),
    orders: collection({
      id: t.id(),
      customerId: t.int(),
      total: t.decimal(10, 2).default('0.00'),
      points: t.bigint().default(-5n),
      placed: t.date().nullable(),
      meta: t.json().default({ a: 1 }),
      ratio: t.float().nullable().default(0.5),
      photo: t.bytes().nullable(),
    }).index('customerId', 'placed'),
  },
  { naming: 'snake_case' },
).relations((of) => ({
  customers: { orders: of.customers.hasMany('orders', 'customerId') },
  orderLines: { order: of.orderLines.belongsTo('orders', 'orderId') },
  orders: {
    orderLines: of.orders.hasMany('orderLines', 'orderId'),
    customer: of.orders.belongsTo('customers', 'customerId'),
  },
}))
`

const noKind = (type: string) => `there is no kind for its type, ${type}`

describePostgres('introspect, on PostgreSQL', (server) => {
  it('describes tables of others as far as a schema can, and says what it leaves out', async () => {
    const url = await newDatabase(server)
    await (await stranger(url)).query(shop)
    const found = await introspect(postgres({ url }))
    expect(found.source).toBe(source)
    expect(found.skipped.map(({ table, column, reason }) => [table, column, reason])).toEqual([
      ['audit', undefined, 'it has no primary key'],
      [
        'counters',
        undefined,
        "'id' of its key cannot be described: the database computes it, and refuses inserts that give it",
      ],
      [
        'customers',
        'at',
        `${noKind('timestamp with time zone')} (for a t.timestamp(), alter table "customers" alter column "at" type timestamptz(3))`,
      ],
      ['customers', 'created', noKind('timestamp without time zone')],
      ['customers', 'mood', noKind('mood')],
      ['customers', 'token', noKind('uuid')],
      ['kept', undefined, 'it is a view'],
      ['orders', 'weight', noKind('numeric')],
      ['orders', 'raw', noKind('json')],
      ['orders', 'net', 'the database computes it, and refuses inserts that give it'],
      ['orders', 'tags', noKind('text[]')],
      [
        'required',
        undefined,
        `'at', which every insert has to give, cannot be described: ${noKind('time without time zone')}`,
      ],
      ['sums', undefined, 'it is a view'],
      [
        'words',
        undefined,
        `'word' of its key cannot be described: its collation, "und-x-icu", does not compare texts by their bytes`,
      ],
    ])
  })

  it('makes a schema with which the tables are used as they are', async () => {
    const url = await newDatabase(server)
    const client = await stranger(url)
    await client.query(shop)
    await client.query(`insert into customers (email, mood) values ('a@x', 'happy')`)
    const { schema } = await introspect(postgres({ url }))
    const data = createDataService({ schema, databases: [postgres({ url })] })
    onTestFinished(() => data.close())
    await data.connect({ ensure: 'verify' })
    expect(await data.customers!.find()).toEqual([
      { id: 1, email: 'a@x', name: "it's me", active: true, seen: null },
    ])
    const order = await data.orders!.insert({ customerId: 1, total: '2.5' })
    expect(order).toMatchObject({ total: '2.50', points: -5n, meta: { a: 1 } })
    expect(await client.query('select net, total from orders')).toEqual([
      { net: '5.00', total: '2.50' },
    ])
  })
})
