import { collection, defineSchema, t } from '@wherry/core/schema'
import { z } from 'zod'

// Some of the dates were once written with two digits for the year, and got the wrong century.
const releaseDate = z.string().refine((date) => date < '2012', {
  error: ({ input }) => `must lie before 2012, when the list ends, got ${String(input)}`,
})

export const schema = defineSchema(
  {
    movies: collection({
      id: t.id(),
      title: t.text(),
      releasedOn: t.date().check(releaseDate),
      mpaaRating: t.enum(['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated', 'Open']).nullable(),
      genre: t.text().nullable(),
      creativeType: t.text().nullable(),
      basedOn: t.text().nullable(),
      director: t.text().nullable(),
      distributor: t.text().nullable(),
      runningMinutes: t.int().nullable(),
      // Whole US dollars.
      budget: t.int().nullable(),
      usGross: t.int().nullable(),
      worldwideGross: t.int().nullable(),
      usDvdSales: t.int().nullable(),
      // Averages have one digit after the point; as decimals, their sums are exact.
      imdbRating: t.decimal(3, 1).nullable(),
      imdbVotes: t.int().nullable(),
      tomatoesPercent: t.int().nullable(),
    }),
    weather: collection({
      date: t.date(),
      kind: t.enum(['drizzle', 'fog', 'rain', 'snow', 'sun']),
      precipitationMm: t.decimal(5, 1),
      maxCelsius: t.decimal(4, 1),
      minCelsius: t.decimal(4, 1),
      wind: t.decimal(4, 1),
    }).key('date'),
  },
  { naming: 'snake_case' },
)

type S = typeof schema
export interface ImportSchema extends S {}
