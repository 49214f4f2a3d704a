import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import type { CollectionName, InsertOf } from '@wherry/core/schema'
import { parse, type Info } from 'csv-parse'
import type { ImportSchema } from './schema.ts'

type Movie = InsertOf<ImportSchema, 'movies'>
type Day = InsertOf<ImportSchema, 'weather'>

/**
 * Right are the names of such a row, checked by the compiler. Its values are what the file holds:
 * the service checks them when they are inserted.
 */
type Unchecked<Row> = { readonly [Name in keyof Row]: unknown }

/** A file, the collection that its rows belong to, and how to read them one after another. */
export interface Source<K extends CollectionName<ImportSchema>> {
  readonly file: string
  readonly collection: K
  rows(path: URL): AsyncIterable<SourceRow<K>>
}

export interface SourceRow<K extends CollectionName<ImportSchema>> {
  /** Where the file has it, from 1. */
  readonly line: number
  readonly row: InsertOf<ImportSchema, K>
}

export const movies: Source<'movies'> = {
  file: 'movies.json',
  collection: 'movies',
  async *rows(path) {
    // It is an array with one object on each line, so there is no need to hold all of it.
    const file = await open(path)
    let line = 0
    for await (const text of file.readLines()) {
      line++
      const json = text.replace(/,\s*$/, '').trim()
      if (!['', '[', ']'].includes(json)) yield { line, row: movie(JSON.parse(json) as Values) }
    }
  },
}

export const weather: Source<'weather'> = {
  file: 'seattle-weather.csv',
  collection: 'weather',
  async *rows(path) {
    const parser = parse({ columns: true, info: true, bom: true })
    // A file that cannot be read ends the parser with that error, and so the loop.
    pipeline(createReadStream(path), parser, () => undefined)
    for await (const { record, info } of parser as AsyncIterable<{ record: Values; info: Info }>) {
      yield { line: info.lines, row: day(record) }
    }
  },
}

/** Where a file of the data sets is. */
export function locate(file: string): URL {
  return new URL(`../data/${file}`, import.meta.resolve('vega-datasets'))
}

type Values = Readonly<Record<string, unknown>>

function movie(values: Values): Movie {
  return {
    title: values.Title,
    releasedOn: isoDate(values['Release Date']),
    mpaaRating: values['MPAA Rating'],
    genre: values['Major Genre'],
    creativeType: values['Creative Type'],
    basedOn: values.Source,
    director: values.Director,
    distributor: values.Distributor,
    runningMinutes: values['Running Time min'],
    budget: values['Production Budget'],
    usGross: values['US Gross'],
    worldwideGross: values['Worldwide Gross'],
    usDvdSales: values['US DVD Sales'],
    imdbRating: decimal(values['IMDB Rating']),
    imdbVotes: values['IMDB Votes'],
    tomatoesPercent: values['Rotten Tomatoes Rating'],
  } satisfies Unchecked<Movie> as Movie
}

function day(values: Values): Day {
  return {
    date: values.date,
    kind: values.weather,
    precipitationMm: values.precipitation,
    maxCelsius: values.temp_max,
    minCelsius: values.temp_min,
    wind: values.wind,
  } satisfies Unchecked<Day> as Day
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 'Jun 12 1998' as '1998-06-12'. Anything else stays what it is, for the schema to refuse. */
function isoDate(value: unknown): unknown {
  const [, name = '', date, year] = /^(\w{3}) (\d\d) (\d{4})$/.exec(String(value)) ?? []
  const month = months.indexOf(name) + 1
  return month === 0 ? value : `${year}-${String(month).padStart(2, '0')}-${date}`
}

/** A decimal is a text, with exactly the digits that the file has. */
function decimal(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}
