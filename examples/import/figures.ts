import type { DataService } from '@wherry/core'
import type { ImportSchema } from './schema.ts'

export type Figures = Awaited<ReturnType<typeof computeFigures>>

/** Five aggregates. Ties and groups without an order of their own come in the order of the group. */
export async function computeFigures({ movies, weather }: DataService<ImportSchema>) {
  return {
    'All movies': await movies.aggregate({
      measures: {
        movies: 'count',
        first: { min: 'releasedOn' },
        last: { max: 'releasedOn' },
        budgets: { sum: 'budget' },
        averageMinutes: { avg: 'runningMinutes' },
      },
    }),
    'Movies by MPAA rating': await movies.aggregate({
      groupBy: ['mpaaRating'],
      measures: {
        movies: 'count',
        imdb: { avg: 'imdbRating' },
        tomatoes: { avg: 'tomatoesPercent' },
      },
    }),
    'Genres that earned most': await movies.aggregate({
      where: { genre: { ne: null } },
      groupBy: ['genre'],
      measures: {
        movies: 'count',
        worldwide: { sum: 'worldwideGross' },
        best: { max: 'worldwideGross' },
      },
      orderBy: { worldwide: 'desc' },
      limit: 5,
    }),
    'Best directors of ten movies or more': await movies.aggregate({
      where: { director: { ne: null } },
      groupBy: ['director'],
      measures: { movies: 'count', imdb: { avg: 'imdbRating' }, votes: { sum: 'imdbVotes' } },
      having: { movies: { gte: 10 } },
      orderBy: { imdb: 'desc' },
      limit: 5,
    }),
    'Days in Seattle by weather': await weather.aggregate({
      groupBy: ['kind'],
      measures: {
        days: 'count',
        rainMm: { sum: 'precipitationMm' },
        coldest: { min: 'minCelsius' },
        warmest: { max: 'maxCelsius' },
        wind: { avg: 'wind' },
      },
    }),
  }
}
